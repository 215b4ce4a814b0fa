-- into: input.accounts
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'accounts'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'accounts'

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
                "domain": "VARCHAR",
                "region": "VARCHAR",
                "segment": "VARCHAR",
                "country": "VARCHAR",
                "created_at": "VARCHAR",
                "customer_ids": "VARCHAR",
                "same_as": "VARCHAR",
                "merged_into_id": "VARCHAR"
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
        mapped(maps, 'domain', cells.domain) as domain,
        mapped(maps, 'region', cells.region) as region,
        mapped(maps, 'segment', cells.segment) as segment,
        mapped(maps, 'country', cells.country) as country,
        mapped(maps, 'created_at', cells.created_at) as created_at,
        mapped(maps, 'customer_ids', cells.customer_ids) as customer_ids,
        mapped(maps, 'same_as', cells.same_as) as same_as,
        mapped(maps, 'merged_into_id', cells.merged_into_id) as merged_into_id
    from opened

)

select * from final
