-- into: input.annotations
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'annotations'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'annotations'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "on": "VARCHAR",
                "text": "VARCHAR",
                "scope": "VARCHAR",
                "author": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'on', cells."on") as "on",
        mapped(maps, 'text', cells.text) as text,
        mapped(maps, 'scope', cells.scope) as scope,
        mapped(maps, 'author', cells.author) as author
    from opened

)

select * from final
