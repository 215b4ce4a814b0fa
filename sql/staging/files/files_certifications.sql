-- into: input.certifications
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'certifications'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'certifications'

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
                "person": "VARCHAR",
                "kind": "VARCHAR",
                "level": "VARCHAR",
                "earned_on": "VARCHAR",
                "expires_on": "VARCHAR"
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
        mapped(maps, 'person', cells.person) as person,
        mapped(maps, 'kind', cells.kind) as kind,
        mapped(maps, 'level', cells.level) as level,
        mapped(maps, 'earned_on', cells.earned_on) as earned_on,
        mapped(maps, 'expires_on', cells.expires_on) as expires_on
    from opened

)

select * from final
