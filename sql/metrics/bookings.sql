-- into: metrics.flow
-- about: Won amounts by the class of the deal, and as divided by each credit model.
with

closed_deals as (

    select class, partner_key, stretch_on, won_minor, won_amounts
    from metrics.closed_deals
    where won_amounts > 0

),

credits as (

    select
        'credited_bookings.' || credits.model as metric,
        credits.partner_key,
        days.stretch_on,
        sum(credits.amount_reporting_minor) as numerator,
        count(*) as n
    from marts.fct_deal_credit as credits
    inner join marts.fct_deal as deals on deals.deal_key = credits.deal_key
    inner join metrics.day as days on days.day = deals.closed_on
    where deals.state = 'won' and credits.amount_reporting_minor is not null
    group by credits.model, credits.partner_key, days.stretch_on

),

unioned as (

    select 'sourced_bookings' as metric, partner_key, stretch_on, won_minor as numerator, won_amounts as n
    from closed_deals
    where class = 'sourced'
    union all
    select 'direct_bookings' as metric, null as partner_key, stretch_on, won_minor as numerator, won_amounts as n
    from closed_deals
    where class = 'direct'
    union all
    select 'total_bookings' as metric, null as partner_key, stretch_on, won_minor as numerator, won_amounts as n
    from closed_deals
    union all
    select metric, partner_key, stretch_on, numerator, n
    from credits

),

final as (

    select metric, 'money' as unit, 'money' as parts, partner_key, stretch_on, numerator, n
    from unioned

)

select * from final
