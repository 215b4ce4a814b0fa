-- model: difference.metric
-- grain: metric, period_kind, period, slice, slice_key
-- about: Each row is one value of a metric that differs between the two sides, in the scope's period, or in any when there is none.
-- checks: unique(grain)
with

scope as (

    select period
    from config.scope

),

values_before as (

    select points.metric, points.period_kind, points.period, points.slice, points.slice_key, points.value, points.unit
    from before.metrics.value as points
    inner join scope on scope.period is null or points.period = scope.period

),

values_after as (

    select points.metric, points.period_kind, points.period, points.slice, points.slice_key, points.value, points.unit
    from after.metrics.value as points
    inner join scope on scope.period is null or points.period = scope.period

),

final as (

    select
        coalesce(values_after.metric, values_before.metric) as metric,
        coalesce(values_after.period_kind, values_before.period_kind) as period_kind,
        coalesce(values_after.period, values_before.period) as period,
        coalesce(values_after.slice, values_before.slice) as slice,
        coalesce(values_after.slice_key, values_before.slice_key) as slice_key,
        coalesce(values_after.unit, values_before.unit) as unit,
        values_before.value as value_before,
        values_after.value as value_after
    from values_before
    full join values_after
        on values_after.metric = values_before.metric
        and values_after.period_kind = values_before.period_kind
        and values_after.period = values_before.period
        and values_after.slice = values_before.slice
        and values_after.slice_key = values_before.slice_key
    where coalesce(values_before.value, case when values_before.metric is null and values_after.unit in ('money', 'count') then 0 end)
        is distinct from coalesce(values_after.value, case when values_after.metric is null and values_before.unit in ('money', 'count') then 0 end)

)

select * from final
order by metric, period_kind, period, slice, slice_key
