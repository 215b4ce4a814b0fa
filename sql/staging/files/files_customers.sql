-- into: input.customers
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'customers' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'customers'

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
                "name": "VARCHAR",
                "email": "VARCHAR",
                "domain": "VARCHAR",
                "account_id": "VARCHAR",
                "created_at": "VARCHAR"
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
        mapped(maps, 'name', cells.name) as name,
        mapped(maps, 'email', cells.email) as email,
        mapped(maps, 'domain', cells.domain) as domain,
        mapped(maps, 'account_id', cells.account_id) as account_id,
        mapped(maps, 'created_at', cells.created_at) as created_at
    from opened

)

select * from final
