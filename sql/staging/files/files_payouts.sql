-- into: input.payouts
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'payouts' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'payouts'

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
                "partner_id": "VARCHAR",
                "paid_at": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR",
                "reference": "VARCHAR"
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
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'paid_at', cells.paid_at) as paid_at,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency,
        mapped(maps, 'reference', cells.reference) as reference
    from opened

)

select * from final
