-- model: metrics.measure
-- grain: metric
-- keep: no
-- about: Each row is a metric that adds up over days or is a median, with the unit of its value and what its sums are measured in.
-- checks: unique(grain); unique(measure_id); not_null(unit, parts); one_of(parts: money, plain, hidden)
with

measures as (

    select metric, unit, parts, cast(null as decimal(2, 1)) as quantile
    from metrics.flow
    union
    select metric, unit, parts, cast(null as decimal(2, 1)) as quantile
    from metrics.slice_flow
    union
    select metric, unit, 'hidden' as parts, quantile
    from metrics.sample

),

-- whole numbers to group by: the names as text cost four times as much
final as (

    select metric, unit, parts, quantile, cast(row_number() over (order by metric) as integer) as measure_id
    from measures

)

select * from final
