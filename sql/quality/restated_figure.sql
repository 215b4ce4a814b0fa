-- model: quality.restated_figure
-- grain: period, metric, slice, slice_key
-- about: Each row is one rate, count or other figure of a closed quarter that is no longer what was presented; amounts that are booked, collected or paid stand in quality.restated_value. No value: there was, or is, nothing to work it out from.
-- checks: unique(grain); not_null(period, metric, slice, slice_key)
with

setting as (

    select as_of, currency
    from config.setting

),

-- a quarter that was still running when it was frozen, or is running again on the as-of date, is not closed
closed as (

    select frozen.period, frozen.currency = setting.currency as is_comparable
    from config.frozen
    cross join setting
    where frozen.as_of >= frozen.ends_on and setting.as_of >= frozen.ends_on

),

-- what was not worked out when the quarter was frozen cannot have been presented
known as (

    select distinct frozen_value.period, frozen_value.metric, frozen_value.unit
    from config.frozen_value
    inner join closed on closed.period = frozen_value.period
    where
        frozen_value.metric not in (select metric from quality.restated_value)
        and (closed.is_comparable or frozen_value.unit not in ('money', 'money_per_day'))

),

presented as (

    select frozen_value.period, frozen_value.metric, frozen_value.slice, frozen_value.slice_key, frozen_value.value
    from config.frozen_value
    inner join known
        on known.period = frozen_value.period
        and known.metric = frozen_value.metric

),

present as (

    select points.period, points.metric, points.slice, points.slice_key, points.value
    from metrics.value as points
    inner join known
        on known.period = points.period
        and known.metric = points.metric

),

final as (

    select
        coalesce(present.period, presented.period) as period,
        coalesce(present.metric, presented.metric) as metric,
        coalesce(present.slice, presented.slice) as slice,
        coalesce(present.slice_key, presented.slice_key) as slice_key,
        presented.value as presented_value,
        present.value
    from presented
    full join present
        on present.period = presented.period
        and present.metric = presented.metric
        and present.slice = presented.slice
        and present.slice_key = presented.slice_key
    where presented.value is distinct from present.value

)

select * from final
