-- into: input.targets
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'targets' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'targets'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "slice": "VARCHAR",
                "slice_key": "VARCHAR",
                "metric": "VARCHAR",
                "period": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

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
