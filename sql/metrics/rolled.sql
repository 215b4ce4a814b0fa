-- model: metrics.rolled
-- keep: no
-- about: Each row is what a slice's partners add to a metric in one period, and in the part of it that has run by the same day of the current one, in whole numbers.
-- checks: unique(measure_id, slice_id, period_id); not_null(measure_id, slice_id, period_id, n)
with

measures as (

    select metric, measure_id
    from metrics.measure

),

flow as (

    select measures.measure_id, flow.partner_key, flow.stretch_on, flow.numerator, flow.denominator, flow.n
    from metrics.flow as flow
    inner join measures on measures.metric = flow.metric

),

members as (

    select partner_key, slice, slice_id
    from metrics.slice_member

),

-- adding up to stretches first leaves few rows to put into three kinds of period; a partner's own rows are added up already
by_slice as (

    -- the program takes every row, with or without a partner
    select
        flow.measure_id,
        slices.slice_id,
        flow.stretch_on,
        sum(flow.numerator) as numerator,
        sum(flow.denominator) as denominator,
        sum(flow.n) as n
    from flow
    cross join metrics.slice as slices
    where slices.slice = 'program'
    group by flow.measure_id, slices.slice_id, flow.stretch_on

    union all

    select
        flow.measure_id,
        members.slice_id,
        flow.stretch_on,
        flow.numerator,
        flow.denominator,
        flow.n
    from flow
    inner join members on members.partner_key = flow.partner_key
    where members.slice = 'partner'

    union all

    select
        flow.measure_id,
        members.slice_id,
        flow.stretch_on,
        sum(flow.numerator) as numerator,
        sum(flow.denominator) as denominator,
        sum(flow.n) as n
    from flow
    inner join members on members.partner_key = flow.partner_key
    where members.slice not in ('program', 'partner')
    group by flow.measure_id, members.slice_id, flow.stretch_on

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

-- a row without a stretch is the state on the as-of date
spans as (

    select stretch_on, period_id, is_to_date
    from metrics.stretch
    union all
    select cast(null as date) as stretch_on, period_id, false as is_to_date
    from metrics.period
    where period_kind = 'current'

),

final as (

    select
        by_slice.measure_id,
        by_slice.slice_id,
        spans.period_id,
        sum(by_slice.numerator) as numerator,
        sum(by_slice.denominator) as denominator,
        cast(sum(by_slice.n) as bigint) as n,
        sum(by_slice.numerator) filter (where spans.is_to_date) as numerator_to_date,
        sum(by_slice.denominator) filter (where spans.is_to_date) as denominator_to_date,
        cast(sum(by_slice.n) filter (where spans.is_to_date) as bigint) as n_to_date
    from by_slice
    inner join spans on spans.stretch_on is not distinct from by_slice.stretch_on
    group by by_slice.measure_id, by_slice.slice_id, spans.period_id

)

select * from final
