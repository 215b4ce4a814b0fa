-- model: metrics.slice_flow
-- keep: no
-- about: Each row is what one slice adds to a metric in one stretch of days, for metrics whose slices are more than the sum of their partners; otherwise like metrics.flow.
-- checks: not_null(metric, unit, parts, slice_id, numerator, n)
with

final as (

    select
        cast(null as varchar) as metric,
        cast(null as varchar) as unit,
        cast(null as varchar) as parts,
        cast(null as integer) as slice_id,
        cast(null as date) as stretch_on,
        cast(null as hugeint) as numerator,
        cast(null as hugeint) as denominator,
        cast(null as bigint) as n
    where false

)

select * from final
