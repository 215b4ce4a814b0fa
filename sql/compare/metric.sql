-- model: comparison.metric
-- grain: metric
-- about: Each row is one metric and how many of its values, over all periods and slices, differ between two sets of rules.
-- checks: unique(grain); not_null(metric, changed)
with

values_before as (

    select metric, period_kind, period, slice, slice_key, value
    from before.metrics.value

),

values_after as (

    select metric, period_kind, period, slice, slice_key, value
    from after.metrics.value

),

differing as (

    select coalesce(values_after.metric, values_before.metric) as metric
    from values_before
    full join values_after
        on values_after.metric = values_before.metric
        and values_after.period_kind = values_before.period_kind
        and values_after.period = values_before.period
        and values_after.slice = values_before.slice
        and values_after.slice_key = values_before.slice_key
    where values_before.value is distinct from values_after.value

),

final as (

    select metric, count(*) as changed
    from differing
    group by metric

)

select * from final
