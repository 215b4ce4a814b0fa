-- into: input.activities
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'activities'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'activities'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "id": "VARCHAR",
                "partner_id": "VARCHAR",
                "kind": "VARCHAR",
                "occurred_at": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'id', cells.id) as id,
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'kind', cells.kind) as kind,
        mapped(maps, 'occurred_at', cells.occurred_at) as occurred_at
    from opened

)

select * from final
