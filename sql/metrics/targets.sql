-- into: metrics.result
-- about: How far each target of sourced bookings is reached, and how often the open pipeline of its period covers the rest.
with

targets as (

    select slice, slice_key, period_kind, period, starts_on, ends_on, cast(amount_reporting_minor as hugeint) as target_minor
    from staging.stg_targets
    where metric = 'sourced_bookings' and amount_reporting_minor is not null

),

-- a target serves exactly its own period and slice (R14)
won as (

    select
        targets.slice,
        targets.slice_key,
        targets.period_kind,
        targets.period,
        targets.starts_on,
        targets.ends_on,
        targets.target_minor,
        coalesce(sourced.amount_minor, 0) as won_minor
    from targets
    left join metrics.sourced_bookings as sourced
        on sourced.slice = targets.slice
        and sourced.slice_key = targets.slice_key
        and sourced.period_kind = targets.period_kind
        and sourced.period = targets.period

),

expected as (

    select source_partner_key as partner_key, expected_close_on, sum(amount_reporting_minor) as amount_minor
    from marts.fct_deal
    where
        state = 'open'
        and class = 'sourced'
        and expected_close_on is not null
        and amount_reporting_minor is not null
    group by source_partner_key, expected_close_on

),

covered as (

    select
        won.slice,
        won.slice_key,
        won.period_kind,
        won.period,
        sum(expected.amount_minor) as pipeline_minor
    from won
    inner join metrics.slice_member as members on members.slice = won.slice and members.slice_key = won.slice_key
    inner join expected
        on expected.partner_key = members.partner_key
        and expected.expected_close_on between won.starts_on and won.ends_on
    group by won.slice, won.slice_key, won.period_kind, won.period

),

unioned as (

    select
        'target_attainment' as metric, period_kind, period, slice, slice_key,
        won_minor as numerator, target_minor as denominator
    from won
    union all
    -- R85: nothing is left to cover once the target is met
    select
        'pipeline_coverage' as metric, won.period_kind, won.period, won.slice, won.slice_key,
        coalesce(covered.pipeline_minor, 0) as numerator,
        case when won.target_minor > won.won_minor then won.target_minor - won.won_minor end as denominator
    from won
    left join covered
        on covered.slice = won.slice
        and covered.slice_key = won.slice_key
        and covered.period_kind = won.period_kind
        and covered.period = won.period

),

final as (

    select metric, 'ratio' as unit, 'money' as parts, period_kind, period, slice, slice_key, numerator, denominator, 1 as n
    from unioned

)

select * from final
