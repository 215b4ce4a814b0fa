-- into: input.invoices
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'invoices'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'invoices'

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
                "customer_id": "VARCHAR",
                "number": "VARCHAR",
                "status": "VARCHAR",
                "issued_at": "VARCHAR",
                "currency": "VARCHAR",
                "total": "VARCHAR",
                "tax": "VARCHAR",
                "deal_id": "VARCHAR",
                "subscription_id": "VARCHAR",
                "recurring_amount": "VARCHAR",
                "period_starts_on": "VARCHAR",
                "period_ends_on": "VARCHAR"
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
        mapped(maps, 'customer_id', cells.customer_id) as customer_id,
        mapped(maps, 'number', cells.number) as number,
        mapped(maps, 'status', cells.status) as status,
        mapped(maps, 'issued_at', cells.issued_at) as issued_at,
        mapped(maps, 'currency', cells.currency) as currency,
        mapped(maps, 'total', cells.total) as total,
        mapped(maps, 'tax', cells.tax) as tax,
        mapped(maps, 'deal_id', cells.deal_id) as deal_id,
        mapped(maps, 'subscription_id', cells.subscription_id) as subscription_id,
        mapped(maps, 'recurring_amount', cells.recurring_amount) as recurring_amount,
        mapped(maps, 'period_starts_on', cells.period_starts_on) as period_starts_on,
        mapped(maps, 'period_ends_on', cells.period_ends_on) as period_ends_on
    from opened

)

select * from final
