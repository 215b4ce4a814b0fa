-- model: metrics.slice_member
-- grain: partner_key, slice
-- about: Each row is a slice that a partner belongs to: the program, itself, its type, and its tier, region and manager where they are known.
-- checks: unique(grain); not_null(slice_key, slice_id)
with

partners as (

    select partner_key, type, tier, region, manager
    from marts.dim_partner

),

members as (

    select partner_key, 'program' as slice, 'all' as slice_key
    from partners
    union all
    select partner_key, 'partner' as slice, partner_key as slice_key
    from partners
    union all
    select partner_key, 'type' as slice, type as slice_key
    from partners
    union all
    select partner_key, 'tier' as slice, tier as slice_key
    from partners
    union all
    select partner_key, 'region' as slice, region as slice_key
    from partners
    union all
    select partner_key, 'manager' as slice, manager as slice_key
    from partners

),

-- a partner with an empty tier, region or manager has no row in that slice (R80)
final as (

    select members.partner_key, members.slice, members.slice_key, slices.slice_id
    from members
    inner join metrics.slice as slices on slices.slice = members.slice and slices.slice_key = members.slice_key

)

select * from final
