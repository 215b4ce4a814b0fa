-- into: input.payments
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'payments'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'payments'

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
                "invoice_id": "VARCHAR",
                "paid_at": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR",
                "is_out_of_band": "VARCHAR"
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
        mapped(maps, 'invoice_id', cells.invoice_id) as invoice_id,
        mapped(maps, 'paid_at', cells.paid_at) as paid_at,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency,
        mapped(maps, 'is_out_of_band', cells.is_out_of_band) as is_out_of_band
    from opened

)

select * from final
