-- into: input.refunds
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'refunds' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'refunds'

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
                "payment_id": "VARCHAR",
                "refunded_at": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR",
                "kind": "VARCHAR",
                "reason": "VARCHAR"
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
        mapped(maps, 'payment_id', cells.payment_id) as payment_id,
        mapped(maps, 'refunded_at', cells.refunded_at) as refunded_at,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency,
        mapped(maps, 'kind', cells.kind) as kind,
        mapped(maps, 'reason', cells.reason) as reason
    from opened

)

select * from final
