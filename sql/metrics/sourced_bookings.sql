-- model: metrics.sourced_bookings
-- grain: period_kind, period, slice, slice_key
-- about: Each row is what a slice's partners sourced and won in one period.
-- checks: unique(grain); not_null(amount_minor, n)
with

flow as (

    select partner_key, stretch_on, numerator, n
    from metrics.flow
    where metric = 'sourced_bookings'

),

by_slice as (

    select members.slice, members.slice_key, flow.stretch_on, sum(flow.numerator) as amount_minor, sum(flow.n) as n
    from flow
    inner join metrics.slice_member as members on members.partner_key = flow.partner_key
    group by members.slice, members.slice_key, flow.stretch_on

),

final as (

    select
        stretches.period_kind,
        stretches.period,
        by_slice.slice,
        by_slice.slice_key,
        sum(by_slice.amount_minor) as amount_minor,
        sum(by_slice.n) as n
    from by_slice
    inner join metrics.stretch as stretches on stretches.stretch_on = by_slice.stretch_on
    group by all

)

select * from final
