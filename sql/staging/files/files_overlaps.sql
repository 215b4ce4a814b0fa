-- into: input.overlaps
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'overlaps' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'overlaps'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "partner_id": "VARCHAR",
                "account_id": "VARCHAR",
                "kind": "VARCHAR",
                "identified_on": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

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
