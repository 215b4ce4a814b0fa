-- model: metrics.slice
-- grain: slice, slice_key
-- about: Each row is a part of the program that metrics are computed for: all of it, a partner, or the partners of one type, tier, region or manager.
-- checks: unique(grain); unique(slice_id)
with

partners as (

    select partner_key, type, tier, region, manager
    from marts.dim_partner

),

slices as (

    select 'program' as slice, 'all' as slice_key
    union
    select 'partner' as slice, partner_key as slice_key
    from partners
    union
    select 'type' as slice, type as slice_key
    from partners
    union
    select 'tier' as slice, tier as slice_key
    from partners
    union
    select 'region' as slice, region as slice_key
    from partners
    union
    select 'manager' as slice, manager as slice_key
    from partners

),

-- an empty tier, region or manager is no slice (R80)
final as (

    select slice, slice_key, cast(row_number() over (order by slice, slice_key) as integer) as slice_id
    from slices
    where slice_key is not null

)

select * from final
