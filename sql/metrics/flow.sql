-- model: metrics.flow
-- keep: no
-- about: Each row is what one partner adds to a metric in one stretch of days; fed by the files of the families, and rolled up to periods and slices. Without a partner it counts for the program only, without a stretch for the state on the as-of date.
-- checks: not_null(metric, unit, parts, numerator, n)
with

-- `parts` says what the sums are measured in: minor units (`money`), or as they stand (`plain`); a value is numerator / denominator where there is one
final as (

    select
        cast(null as varchar) as metric,
        cast(null as varchar) as unit,
        cast(null as varchar) as parts,
        cast(null as varchar) as partner_key,
        cast(null as date) as stretch_on,
        cast(null as hugeint) as numerator,
        cast(null as hugeint) as denominator,
        cast(null as bigint) as n
    where false

)

select * from final
