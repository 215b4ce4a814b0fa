-- into: metrics.slice_flow
-- about: Sourced bookings of every slice beside the program's total bookings, of which they are a share (R71).
with

bookings as (

    select metric, partner_key, stretch_on, numerator, n
    from metrics.flow
    where metric in ('sourced_bookings', 'total_bookings')

),

totals as (

    select stretch_on, sum(numerator) as amount_minor, sum(n) as n
    from bookings
    where metric = 'total_bookings'
    group by stretch_on

),

sourced as (

    select members.slice_id, bookings.stretch_on, sum(bookings.numerator) as amount_minor
    from bookings
    inner join metrics.slice_member as members on members.partner_key = bookings.partner_key
    where bookings.metric = 'sourced_bookings'
    group by members.slice_id, bookings.stretch_on

),

-- the program, and every slice that ever sourced something
slices as (

    select slice_id
    from metrics.slice
    where slice = 'program'
    union
    select slice_id
    from sourced

),

-- the whole stands in every stretch, also where a slice adds nothing to the part
final as (

    select
        'sourced_share' as metric,
        'ratio' as unit,
        'money' as parts,
        slices.slice_id,
        totals.stretch_on,
        coalesce(sourced.amount_minor, 0) as numerator,
        totals.amount_minor as denominator,
        totals.n
    from totals
    cross join slices
    left join sourced on sourced.slice_id = slices.slice_id and sourced.stretch_on = totals.stretch_on

)

select * from final
