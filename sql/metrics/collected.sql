-- into: metrics.flow
-- about: Collected cash by the class of its deal, without a deal, and as divided by each credit model.
with

cash as (

    select
        deals.class,
        deals.source_partner_key as partner_key,
        days.stretch_on,
        sum(cash.collected_reporting_minor) as numerator,
        count(*) as n
    from marts.fct_cash as cash
    inner join metrics.day as days on days.day = cash.occurred_on
    left join marts.fct_deal as deals on deals.deal_key = cash.deal_key
    where cash.collected_reporting_minor is not null
    group by deals.class, deals.source_partner_key, days.stretch_on

),

credits as (

    select 'credited_collected.' || model as metric, partner_key, stretch_on, collected_minor as numerator, parts as n
    from metrics.credited_cash

),

unioned as (

    select 'sourced_collected' as metric, partner_key, stretch_on, numerator, n
    from cash
    where class = 'sourced'
    union all
    select 'direct_collected' as metric, null as partner_key, stretch_on, numerator, n
    from cash
    where class = 'direct'
    union all
    select 'unlinked_collected' as metric, null as partner_key, stretch_on, numerator, n
    from cash
    where class is null
    union all
    select 'total_collected' as metric, null as partner_key, stretch_on, numerator, n
    from cash
    union all
    select metric, partner_key, stretch_on, numerator, n
    from credits

),

final as (

    select metric, 'money' as unit, 'money' as parts, partner_key, stretch_on, numerator, n
    from unioned

)

select * from final
