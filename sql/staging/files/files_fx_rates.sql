-- into: input.fx_rates
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'fx_rates'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'fx_rates'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "on": "VARCHAR",
                "from_currency": "VARCHAR",
                "to_currency": "VARCHAR",
                "rate": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'on', cells."on") as "on",
        mapped(maps, 'from_currency', cells.from_currency) as from_currency,
        mapped(maps, 'to_currency', cells.to_currency) as to_currency,
        mapped(maps, 'rate', cells.rate) as rate
    from opened

)

select * from final
