-- into: input.deal_stages
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'deal_stages' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deal_stages'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "deal_id": "VARCHAR",
                "stage": "VARCHAR",
                "entered_at": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

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
