-- model: metrics.rolled_to_date
-- as: view
-- about: Each row is what a slice's partners add to a metric in the part of a period that has run by the same day of the current one, in whole numbers.
with

measures as (

    select metric, unit, parts, cast(row_number() over (order by metric) as integer) as measure_id
    from (
        select metric, unit, parts
        from metrics.flow
        union
        select metric, unit, parts
        from metrics.slice_flow
    )

),

members as (

    select partner_key, slice_id
    from metrics.slice_member
    where slice <> 'program'

),

program as (

    select slice_id
    from metrics.slice
    where slice = 'program'

),

by_slice as (

    -- the program takes every row, with or without a partner
    select
        measures.measure_id,
        program.slice_id,
        flow.stretch_on,
        sum(flow.numerator) as numerator,
        sum(flow.denominator) as denominator,
        sum(flow.n) as n
    from metrics.flow as flow
    inner join measures on measures.metric = flow.metric
    cross join program
    group by measures.measure_id, program.slice_id, flow.stretch_on

    union all

    select
        measures.measure_id,
        members.slice_id,
        flow.stretch_on,
        sum(flow.numerator) as numerator,
        sum(flow.denominator) as denominator,
        sum(flow.n) as n
    from metrics.flow as flow
    inner join measures on measures.metric = flow.metric
    inner join members on members.partner_key = flow.partner_key
    group by measures.measure_id, members.slice_id, flow.stretch_on

    union all

    select
        measures.measure_id,
        slice_flow.slice_id,
        slice_flow.stretch_on,
        slice_flow.numerator,
        slice_flow.denominator,
        slice_flow.n
    from metrics.slice_flow as slice_flow
    inner join measures on measures.metric = slice_flow.metric

),

spans as (

    select stretch_on, period_id
    from metrics.stretch
    where is_to_date

),

by_period as (

    select
        by_slice.measure_id,
        by_slice.slice_id,
        spans.period_id,
        sum(by_slice.numerator) as numerator,
        sum(by_slice.denominator) as denominator,
        sum(by_slice.n) as n
    from by_slice
    inner join spans on spans.stretch_on = by_slice.stretch_on
    group by by_slice.measure_id, by_slice.slice_id, spans.period_id

),

final as (

    select
        measures.metric,
        measures.unit,
        measures.parts,
        periods.period_kind,
        periods.period,
        slices.slice,
        slices.slice_key,
        by_period.numerator,
        by_period.denominator,
        by_period.n
    from by_period
    inner join measures on measures.measure_id = by_period.measure_id
    inner join metrics.period as periods on periods.period_id = by_period.period_id
    inner join metrics.slice as slices on slices.slice_id = by_period.slice_id

)

select * from final
