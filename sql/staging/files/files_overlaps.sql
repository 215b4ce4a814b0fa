-- into: input.overlaps
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'overlaps'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'overlaps'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "partner_id": "VARCHAR",
                "account_id": "VARCHAR",
                "kind": "VARCHAR",
                "identified_on": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'account_id', cells.account_id) as account_id,
        mapped(maps, 'kind', cells.kind) as kind,
        mapped(maps, 'identified_on', cells.identified_on) as identified_on
    from opened

)

select * from final
