-- into: input.payouts
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'payouts'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'payouts'

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
                "partner_id": "VARCHAR",
                "paid_at": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR",
                "reference": "VARCHAR"
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
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'paid_at', cells.paid_at) as paid_at,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency,
        mapped(maps, 'reference', cells.reference) as reference
    from opened

)

select * from final
