-- model: input.stripe_invoice
-- grain: source, id
-- about: Each row is one invoice of any status, with its own words for what the canonical columns need.
with

invoices as (

    select source, id, payload
    from input.latest
    where kind = 'stripe' and stream = 'invoices' and op = 'upsert'

),

opened as (

    select
        source,
        id,
        payload,
        json_transform(
            payload,
            '{
                "customer": "VARCHAR",
                "customer_name": "VARCHAR",
                "customer_email": "VARCHAR",
                "number": "VARCHAR",
                "status": "VARCHAR",
                "created": "VARCHAR",
                "currency": "VARCHAR",
                "total": "VARCHAR",
                "total_taxes": [{ "amount": "DECIMAL(18, 0)" }],
                "metadata": { "deal_id": "VARCHAR" },
                "parent": { "subscription_details": { "subscription": "VARCHAR" } },
                "status_transitions": { "finalized_at": "VARCHAR" }
            }'
        ) as cells
    from invoices

),

final as (

    select
        source,
        id,
        cells.customer as customer_id,
        cells.customer_name,
        cells.customer_email,
        cells.number,
        cells.status,
        coalesce(cells.status_transitions.finalized_at, cells.created) as issued_second,
        cells.created as created_second,
        upper(cells.currency) as currency,
        cells.total,
        coalesce(list_sum(list_transform(cells.total_taxes, lambda tax : tax.amount)), 0) as tax,
        cells.metadata.deal_id as deal_id,
        cells.parent.subscription_details.subscription as subscription_id,
        payload
    from opened

)

select * from final
