-- into: input.customers
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'customers'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'customers'

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
                "name": "VARCHAR",
                "email": "VARCHAR",
                "domain": "VARCHAR",
                "account_id": "VARCHAR",
                "created_at": "VARCHAR"
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
        mapped(maps, 'name', cells.name) as name,
        mapped(maps, 'email', cells.email) as email,
        mapped(maps, 'domain', cells.domain) as domain,
        mapped(maps, 'account_id', cells.account_id) as account_id,
        mapped(maps, 'created_at', cells.created_at) as created_at
    from opened

)

select * from final
