-- model: metrics.value
-- grain: metric, period_kind, period, slice, slice_key
-- about: Each row is a metric's value in one period and slice. Money is in major units of the reporting currency, a ratio of 1 is 100%.
-- checks: unique(grain); not_null(metric, period_kind, period, slice, slice_key, n, unit, status); one_of(unit: money, ratio, days, hours, count, money_per_day, points); one_of(status: final, to_date, no_data)
with

numbered as (

    select measure_id, slice_id, period_id, numerator, denominator, n
    from metrics.rolled
    union all
    select measure_id, slice_id, period_id, numerator, denominator, n
    from metrics.quantiles

),

results as (

    select
        measures.metric,
        measures.unit,
        measures.parts,
        periods.period_kind,
        periods.period,
        slices.slice,
        slices.slice_key,
        numbered.numerator,
        numbered.denominator,
        numbered.n
    from numbered
    inner join metrics.measure as measures on measures.measure_id = numbered.measure_id
    inner join metrics.period as periods on periods.period_id = numbered.period_id
    inner join metrics.slice as slices on slices.slice_id = numbered.slice_id
    union all
    select metric, unit, parts, period_kind, period, slice, slice_key, numerator, denominator, n
    from metrics.result

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
        case when results.n = 0 then 'no_data' else periods.status end as status
    from results
    cross join setting
    inner join periods on periods.period_kind = results.period_kind and periods.period = results.period

)

select * from final
