-- model: metrics.to_date
-- grain: metric, period_kind, period, slice, slice_key
-- about: Each row is a metric's value in the part of a period that has run by the same day of the current one; for metrics that can be cut at any day.
-- checks: unique(grain); not_null(metric, period_kind, period, slice, slice_key, n, unit, status); one_of(unit: money, ratio, days, hours, count, money_per_day, points); one_of(status: final, to_date)
with

results as (

    select
        measures.metric,
        measures.unit,
        measures.parts,
        periods.period_kind,
        periods.period,
        slices.slice,
        slices.slice_key,
        rolled.numerator_to_date as numerator,
        rolled.denominator_to_date as denominator,
        rolled.n_to_date as n
    from metrics.rolled as rolled
    inner join metrics.measure as measures on measures.measure_id = rolled.measure_id
    inner join metrics.period as periods on periods.period_id = rolled.period_id
    inner join metrics.slice as slices on slices.slice_id = rolled.slice_id
    where rolled.n_to_date > 0

),

periods as (

    select period_kind, period, status
    from metrics.period

),

setting as (

    select exponent
    from config.setting

),

final as (

    select
        results.metric,
        results.period_kind,
        results.period,
        results.slice,
        results.slice_key,
        metric_value(results.unit, results.numerator, results.denominator, setting.exponent) as value,
        -- sums and counts have no parts
        case
            when results.denominator is not null or results.unit = 'ratio'
                then metric_part(results.parts, results.numerator, setting.exponent)
        end as numerator,
        -- what a mean of money is divided by is a number of rows
        metric_part(
            case when results.unit = 'money' and results.parts = 'money' then 'plain' else results.parts end,
            results.denominator,
            setting.exponent
        ) as denominator,
        results.n,
        results.unit,
        periods.status
    from results
    cross join setting
    inner join periods on periods.period_kind = results.period_kind and periods.period = results.period

)

select * from final
