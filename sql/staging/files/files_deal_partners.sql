-- into: input.deal_partners
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'deal_partners' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deal_partners'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "deal_id": "VARCHAR",
                "partner_id": "VARCHAR",
                "role": "VARCHAR",
                "share": "VARCHAR",
                "recorded_at": "VARCHAR",
                "removed_at": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'deal_id', cells.deal_id) as deal_id,
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'role', cells.role) as role,
        mapped(maps, 'share', cells.share) as share,
        mapped(maps, 'recorded_at', cells.recorded_at) as recorded_at,
        mapped(maps, 'removed_at', cells.removed_at) as removed_at
    from opened

)

select * from final
