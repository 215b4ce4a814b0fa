-- into: input.deal_stages
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'deal_stages'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deal_stages'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "deal_id": "VARCHAR",
                "stage": "VARCHAR",
                "entered_at": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'deal_id', cells.deal_id) as deal_id,
        mapped(maps, 'stage', cells.stage) as stage,
        mapped(maps, 'entered_at', cells.entered_at) as entered_at
    from opened

)

select * from final
