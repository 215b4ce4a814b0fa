-- into: input.targets
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'targets'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'targets'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "slice": "VARCHAR",
                "slice_key": "VARCHAR",
                "metric": "VARCHAR",
                "period": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'slice', cells.slice) as slice,
        mapped(maps, 'slice_key', cells.slice_key) as slice_key,
        mapped(maps, 'metric', cells.metric) as metric,
        mapped(maps, 'period', cells.period) as period,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency
    from opened

)

select * from final
