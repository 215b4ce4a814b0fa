-- into: metrics.sample
-- about: Amounts and sales cycles of won sourced deals.
with

deals as (

    select
        deals.source_partner_key as partner_key,
        deals.created_on,
        days.stretch_on,
        deals.amount_minor,
        deals.amount_reporting_minor,
        deals.cycle_days
    from marts.fct_deal as deals
    inner join metrics.day as days on days.day = deals.closed_on
    where deals.state = 'won' and deals.class = 'sourced'

),

amounts as (

    select
        'median_deal' as metric,
        'money' as unit,
        partner_key,
        stretch_on,
        amount_reporting_minor as value
    from deals
    where amount_minor > 0 and amount_reporting_minor is not null

),

-- R118: the source held any certification on the created date
certified as (

    select distinct deals.partner_key, deals.created_on
    from deals
    inner join staging.stg_certifications as certifications
        on certifications.partner_key = deals.partner_key
        and certifications.earned_on <= deals.created_on
    where certifications.expires_on is null or certifications.expires_on >= deals.created_on

),

cycles as (

    select
        deals.partner_key,
        deals.stretch_on,
        case when certified.partner_key is null then '.uncertified' else '.certified' end as certification,
        deals.cycle_days as value
    from deals
    left join certified on certified.partner_key = deals.partner_key and certified.created_on = deals.created_on
    where deals.cycle_days >= 0

),

unioned as (

    select metric, unit, partner_key, stretch_on, value
    from amounts
    union all
    select 'cycle_days_median' as metric, 'days' as unit, partner_key, stretch_on, value
    from cycles
    union all
    select 'cycle_days_median' || certification as metric, 'days' as unit, partner_key, stretch_on, value
    from cycles

),

final as (

    select metric, unit, 0.5 as quantile, partner_key, stretch_on, value
    from unioned

)

select * from final
