-- model: marts.dim_partner
-- grain: partner_key
-- about: Each row is one partner as it was named and placed.
-- checks: unique(grain)
with

final as (

    select partner_key, name, type, tier, region, manager, state
    from published.marts.dim_partner

)

select * from final
