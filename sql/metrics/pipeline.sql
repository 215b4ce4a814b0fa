-- into: metrics.flow
-- about: Open amounts as of now, stale deals, and created amounts by day.
with

setting as (

    select as_of, stale_days
    from config.setting

),

deals as (

    select *
    from marts.fct_deal

),

open_deals as (

    select
        deals.class,
        deals.source_partner_key as partner_key,
        deals.last_stage_on < add_days(setting.as_of, -setting.stale_days) as is_stale,
        sum(deals.amount_reporting_minor) as amount_minor,
        count(deals.amount_reporting_minor) as amounts,
        sum(deals.weighted_minor) as weighted_minor,
        count(deals.weighted_minor) as weighted_amounts,
        count(*) as deals
    from deals
    cross join setting
    where deals.state = 'open'
    group by all

),

created_deals as (

    select
        deals.class,
        deals.source_partner_key as partner_key,
        days.stretch_on,
        sum(deals.amount_reporting_minor) as amount_minor,
        count(*) as n
    from deals
    inner join metrics.day as days on days.day = deals.created_on
    where deals.amount_reporting_minor is not null
    group by deals.class, deals.source_partner_key, days.stretch_on

),

unioned as (

    select 'sourced_pipeline' as metric, 'money' as unit, partner_key, null as stretch_on, amount_minor as numerator, amounts as n
    from open_deals
    where class = 'sourced'
    union all
    select 'open_pipeline' as metric, 'money' as unit, null as partner_key, null as stretch_on, amount_minor as numerator, amounts as n
    from open_deals
    union all
    -- R73: all open deals for the program, the sourced ones in a slice
    select 'weighted_pipeline' as metric, 'money' as unit, partner_key, null as stretch_on, weighted_minor as numerator, weighted_amounts as n
    from open_deals
    union all
    select 'stale_deals' as metric, 'count' as unit, partner_key, null as stretch_on, deals as numerator, deals as n
    from open_deals
    where class = 'sourced' and is_stale
    union all
    select 'stale_pipeline' as metric, 'money' as unit, partner_key, null as stretch_on, amount_minor as numerator, amounts as n
    from open_deals
    where class = 'sourced' and is_stale
    union all
    select 'created_pipeline' as metric, 'money' as unit, null as partner_key, stretch_on, amount_minor as numerator, n
    from created_deals
    union all
    select 'created_pipeline.sourced' as metric, 'money' as unit, partner_key, stretch_on, amount_minor as numerator, n
    from created_deals
    where class = 'sourced'
    union all
    select 'created_pipeline.direct' as metric, 'money' as unit, null as partner_key, stretch_on, amount_minor as numerator, n
    from created_deals
    where class = 'direct'

),

final as (

    select
        metric,
        unit,
        case when unit = 'money' then 'money' else 'plain' end as parts,
        partner_key,
        stretch_on,
        numerator,
        n
    from unioned
    where n > 0

)

select * from final
