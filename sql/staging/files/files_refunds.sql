-- into: input.refunds
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'refunds'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'refunds'

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
                "payment_id": "VARCHAR",
                "refunded_at": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR",
                "kind": "VARCHAR",
                "reason": "VARCHAR"
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
        mapped(maps, 'payment_id', cells.payment_id) as payment_id,
        mapped(maps, 'refunded_at', cells.refunded_at) as refunded_at,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency,
        mapped(maps, 'kind', cells.kind) as kind,
        mapped(maps, 'reason', cells.reason) as reason
    from opened

)

select * from final
