-- into: input.annotations
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'annotations' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'annotations'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "on": "VARCHAR",
                "text": "VARCHAR",
                "scope": "VARCHAR",
                "author": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

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
