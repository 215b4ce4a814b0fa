-- model: metrics.sourced_bookings
-- grain: period_kind, period, slice, slice_key
-- keep: no
-- about: Each row is what a slice's partners sourced and won in one period.
-- checks: unique(grain); not_null(amount_minor, n)
with

closed_deals as (

    select partner_key, stretch_on, won_minor, won_amounts
    from metrics.closed_deals
    where class = 'sourced' and won_amounts > 0

),

by_slice as (

    select
        members.slice,
        members.slice_key,
        closed_deals.stretch_on,
        sum(closed_deals.won_minor) as amount_minor,
        sum(closed_deals.won_amounts) as n
    from closed_deals
    inner join metrics.slice_member as members on members.partner_key = closed_deals.partner_key
    group by members.slice, members.slice_key, closed_deals.stretch_on

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
