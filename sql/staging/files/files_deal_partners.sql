-- into: input.deal_partners
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'deal_partners'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deal_partners'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "deal_id": "VARCHAR",
                "partner_id": "VARCHAR",
                "role": "VARCHAR",
                "share": "VARCHAR",
                "recorded_at": "VARCHAR",
                "removed_at": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

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
