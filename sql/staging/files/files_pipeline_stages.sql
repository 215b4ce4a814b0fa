-- into: input.pipeline_stages
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'pipeline_stages'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'pipeline_stages'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "pipeline": "VARCHAR",
                "stage": "VARCHAR",
                "position": "VARCHAR",
                "probability": "VARCHAR",
                "state": "VARCHAR",
                "is_qualified": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'pipeline', cells.pipeline) as pipeline,
        mapped(maps, 'stage', cells.stage) as stage,
        mapped(maps, 'position', cells.position) as position,
        mapped(maps, 'probability', cells.probability) as probability,
        mapped(maps, 'state', cells.state) as state,
        mapped(maps, 'is_qualified', cells.is_qualified) as is_qualified
    from opened

)

select * from final
