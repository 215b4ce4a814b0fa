-- into: metrics.result
-- about: How much of a period's sourced bookings came from its largest partners, and how unevenly they are spread.
with

ranked as (

    select
        period_kind,
        period,
        amount_minor,
        row_number() over (partition by period_kind, period order by amount_minor desc, slice_key) as place
    from metrics.sourced_bookings
    where slice = 'partner'

),

totals as (

    select
        period_kind,
        period,
        count(*) as n,
        -- R86: a sum that is not above 0 is nothing to take a share of
        case when sum(amount_minor) > 0 then sum(amount_minor) end as amount_minor,
        sum(amount_minor) filter (where place = 1) as top_minor,
        sum(amount_minor) filter (where place <= 5) as top5_minor,
        sum(cast(amount_minor as hugeint) * cast(amount_minor as hugeint)) as squares
    from ranked
    group by period_kind, period

),

unioned as (

    select 'top_partner_share' as metric, 'money' as parts, period_kind, period, top_minor as numerator, amount_minor as denominator, n
    from totals
    union all
    select 'top5_partner_share' as metric, 'money' as parts, period_kind, period, top5_minor as numerator, amount_minor as denominator, n
    from totals
    union all
    select
        'partner_hhi' as metric,
        'hidden' as parts,
        period_kind,
        period,
        squares as numerator,
        cast(amount_minor as hugeint) * cast(amount_minor as hugeint) as denominator,
        n
    from totals

),

final as (

    select metric, 'ratio' as unit, parts, period_kind, period, 'program' as slice, 'all' as slice_key, numerator, denominator, n
    from unioned

)

select * from final
