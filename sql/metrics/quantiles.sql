-- model: metrics.quantiles
-- keep: no
-- about: Each row is a median or percentile of a slice in one period, as a fraction of whole numbers.
-- checks: unique(measure_id, slice_id, period_id); not_null(numerator, n)
with

measures as (

    select metric, unit, quantile, measure_id
    from metrics.measure

),

members as (

    select partner_key, slice_id
    from metrics.slice_member
    where slice <> 'program'

),

-- the program takes every row, with or without a partner
by_slice as (

    select measures.measure_id, measures.quantile, slices.slice_id, samples.stretch_on, samples.value
    from metrics.sample as samples
    inner join measures on measures.metric = samples.metric
    cross join metrics.slice as slices
    where slices.slice = 'program'
    union all
    select measures.measure_id, measures.quantile, members.slice_id, samples.stretch_on, samples.value
    from metrics.sample as samples
    inner join measures on measures.metric = samples.metric
    inner join members on members.partner_key = samples.partner_key

),

by_period as (

    select
        by_slice.measure_id,
        by_slice.slice_id,
        stretches.period_id,
        percentile_cont(0.5) within group (order by by_slice.value) as quantile_value,
        count(*) as n
    from by_slice
    inner join metrics.stretch as stretches on stretches.stretch_on = by_slice.stretch_on
    where by_slice.quantile = 0.5
    group by by_slice.measure_id, by_slice.slice_id, stretches.period_id

    union all

    select
        by_slice.measure_id,
        by_slice.slice_id,
        stretches.period_id,
        percentile_cont(0.9) within group (order by by_slice.value) as quantile_value,
        count(*) as n
    from by_slice
    inner join metrics.stretch as stretches on stretches.stretch_on = by_slice.stretch_on
    where by_slice.quantile = 0.9
    group by by_slice.measure_id, by_slice.slice_id, stretches.period_id

),

-- between two whole numbers, half or some tenths of the way: ten times the quantile is a whole number again, and exact
final as (

    select
        by_period.measure_id,
        by_period.slice_id,
        by_period.period_id,
        cast(round(by_period.quantile_value * 10) as hugeint) as numerator,
        case when measures.unit = 'hours' then 36000000000 else 10 end as denominator,
        by_period.n
    from by_period
    inner join measures on measures.measure_id = by_period.measure_id

)

select * from final
