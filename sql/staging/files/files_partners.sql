-- into: input.partners
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'partners'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'partners'

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
                "type": "VARCHAR",
                "tier": "VARCHAR",
                "region": "VARCHAR",
                "manager": "VARCHAR",
                "status": "VARCHAR",
                "agreed_on": "VARCHAR",
                "ended_on": "VARCHAR",
                "domain": "VARCHAR",
                "parent_id": "VARCHAR",
                "same_as": "VARCHAR"
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
        mapped(maps, 'type', cells.type) as type,
        mapped(maps, 'tier', cells.tier) as tier,
        mapped(maps, 'region', cells.region) as region,
        mapped(maps, 'manager', cells.manager) as manager,
        mapped(maps, 'status', cells.status) as status,
        mapped(maps, 'agreed_on', cells.agreed_on) as agreed_on,
        mapped(maps, 'ended_on', cells.ended_on) as ended_on,
        mapped(maps, 'domain', cells.domain) as domain,
        mapped(maps, 'parent_id', cells.parent_id) as parent_id,
        mapped(maps, 'same_as', cells.same_as) as same_as
    from opened

)

select * from final
