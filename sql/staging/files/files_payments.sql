-- into: input.payments
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'payments' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'payments'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "id": "VARCHAR",
                "invoice_id": "VARCHAR",
                "paid_at": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR",
                "is_out_of_band": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

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
