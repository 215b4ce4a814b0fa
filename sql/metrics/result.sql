-- model: metrics.result
-- keep: no
-- about: Each row is a metric of one period and slice as whole numbers, before anything is divided; fed by the metrics that neither add up nor are medians.
-- checks: unique(metric, period_kind, period, slice, slice_key); not_null(metric, unit, parts, period_kind, period, slice, slice_key, n)
with

-- `parts`: `money` is minor units, `plain` as it stands, `hidden` is an inner fraction that is not shown beside the value
final as (

    select
        cast(null as varchar) as metric,
        cast(null as varchar) as unit,
        cast(null as varchar) as parts,
        cast(null as varchar) as period_kind,
        cast(null as varchar) as period,
        cast(null as varchar) as slice,
        cast(null as varchar) as slice_key,
        cast(null as hugeint) as numerator,
        cast(null as hugeint) as denominator,
        cast(null as bigint) as n
    where false

)

select * from final
