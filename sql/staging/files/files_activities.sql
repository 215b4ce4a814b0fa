-- into: input.activities
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'activities' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'activities'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "id": "VARCHAR",
                "partner_id": "VARCHAR",
                "kind": "VARCHAR",
                "occurred_at": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

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
