-- into: metrics.slice_flow
-- about: Sourced bookings of every slice beside the program's total bookings, of which they are a share (R71).
with

closed_deals as (

    select class, partner_key, stretch_on, won_minor, won_amounts
    from metrics.closed_deals
    where won_amounts > 0

),

totals as (

    select stretch_on, sum(won_minor) as amount_minor, sum(won_amounts) as n
    from closed_deals
    group by stretch_on

),

sourced as (

    select members.slice_id, closed_deals.stretch_on, sum(closed_deals.won_minor) as amount_minor
    from closed_deals
    inner join metrics.slice_member as members on members.partner_key = closed_deals.partner_key
    where closed_deals.class = 'sourced'
    group by members.slice_id, closed_deals.stretch_on

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
