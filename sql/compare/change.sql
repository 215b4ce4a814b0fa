-- model: comparison.change
-- grain: partner_key, measure
-- about: Each row is one measure of one partner, or of the whole program where there is no partner, under two sets of rules; a partner's that are equal are left out.
-- checks: unique(grain); not_null(measure, unit, amount_before, amount_after, difference)
with

facts as (

    select side, partner_key, measure, unit, amount
    from comparison.fact

),

sides as (

    select
        partner_key,
        measure,
        unit,
        cast(coalesce(sum(case when side = 'before' then amount end), 0) as bigint) as amount_before,
        cast(coalesce(sum(case when side = 'after' then amount end), 0) as bigint) as amount_after
    from facts
    group by partner_key, measure, unit

),

partners as (

    select partner_key, name from before.marts.dim_partner
    union
    select partner_key, name from after.marts.dim_partner

),

names as (

    select partner_key, min(name) as name
    from partners
    group by partner_key

),

final as (

    select
        sides.partner_key,
        names.name,
        sides.measure,
        sides.unit,
        sides.amount_before,
        sides.amount_after,
        sides.amount_after - sides.amount_before as difference
    from sides
    left join names on names.partner_key = sides.partner_key
    where sides.partner_key is null or sides.amount_before <> sides.amount_after

)

select * from final
