-- model: metrics.sample
-- keep: no
-- about: Each row is one value of a partner in one stretch of days; medians and percentiles are taken over them. Without a partner it counts for the program only.
-- checks: not_null(metric, unit, quantile, stretch_on, value)
with

-- `value` is in minor units, days or microseconds; `quantile` is 0.5 for a median, 0.9 for the slowest tenth
final as (

    select
        cast(null as varchar) as metric,
        cast(null as varchar) as unit,
        cast(null as decimal(2, 1)) as quantile,
        cast(null as varchar) as partner_key,
        cast(null as date) as stretch_on,
        cast(null as bigint) as value
    where false

)

select * from final
