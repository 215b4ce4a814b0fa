-- model: quality.restated_value
-- grain: period, metric, slice, slice_key
-- about: Each row is one amount of a closed quarter that was frozen, as presented and as it is now: the program as a whole, and every slice in which it changed.
-- checks: unique(grain); not_null(period, metric, slice, slice_key, is_changed)
with

setting as (

    select as_of, currency
    from config.setting

),

-- a quarter that was still running when it was frozen, or is running again on the as-of date, is not closed
closed as (

    select frozen.period, frozen.frozen_at, frozen.frozen_by, frozen.currency = setting.currency as is_comparable
    from config.frozen
    cross join setting
    where frozen.as_of >= frozen.ends_on and setting.as_of >= frozen.ends_on

),

official as (

    select metric
    from (
        values
            ('sourced_bookings'),
            ('influenced_bookings'),
            ('direct_bookings'),
            ('total_bookings'),
            ('sourced_collected'),
            ('influenced_collected'),
            ('direct_collected'),
            ('unlinked_collected'),
            ('total_collected'),
            ('commission_earned'),
            ('commission_reversed'),
            ('commission_paid')
    ) as listed (metric)

),

presented as (

    select frozen_value.period, frozen_value.metric, frozen_value.slice, frozen_value.slice_key, frozen_value.value
    from config.frozen_value
    inner join official on official.metric = frozen_value.metric
    inner join closed on closed.period = frozen_value.period

),

present as (

    select points.period, points.metric, points.slice, points.slice_key, points.value
    from metrics.value as points
    inner join official on official.metric = points.metric
    inner join closed on closed.period = points.period

),

paired as (

    select
        coalesce(present.period, presented.period) as period,
        coalesce(present.metric, presented.metric) as metric,
        coalesce(present.slice, presented.slice) as slice,
        coalesce(present.slice_key, presented.slice_key) as slice_key,
        coalesce(presented.value, 0) as presented_value,
        coalesce(present.value, 0) as value
    from presented
    full join present
        on present.period = presented.period
        and present.metric = presented.metric
        and present.slice = presented.slice
        and present.slice_key = presented.slice_key

),

final as (

    select
        paired.period,
        paired.metric,
        paired.slice,
        paired.slice_key,
        closed.frozen_at,
        closed.frozen_by,
        paired.presented_value,
        case when closed.is_comparable then paired.value end as value,
        case when closed.is_comparable then paired.value - paired.presented_value end as difference,
        not closed.is_comparable or paired.value <> paired.presented_value as is_changed
    from paired
    inner join closed on closed.period = paired.period
    where paired.slice = 'program' or not closed.is_comparable or paired.value <> paired.presented_value

)

select * from final
