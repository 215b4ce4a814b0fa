-- model: input.stripe_payment
-- grain: source, id
-- about: Each row is one paid payment of an invoice, those in the invoice itself and those behind its first ones.
with

invoices as (

    select source, id as invoice_id, payload
    from input.stripe_invoice

),

inside as (

    select source, invoice_id, unnest(from_json(payload -> '$.payments.data', '["JSON"]')) as payload
    from invoices

),

behind as (

    select latest.source, latest.payload ->> '$.invoice' as invoice_id, latest.payload::json as payload
    from input.latest as latest
    where latest.kind = 'stripe' and latest.stream = 'invoice_payments' and latest.op = 'upsert'

),

-- an invoice that is gone takes its payments along
payments as (

    select * from inside
    union all by name
    select behind.*
    from behind
    inner join invoices on invoices.source = behind.source and invoices.invoice_id = behind.invoice_id

),

opened as (

    select
        source,
        invoice_id,
        payload,
        json_transform(
            payload,
            '{
                "id": "VARCHAR",
                "amount_paid": "BIGINT",
                "currency": "VARCHAR",
                "status": "VARCHAR",
                "created": "VARCHAR",
                "payment": { "type": "VARCHAR", "payment_intent": "VARCHAR", "charge": "VARCHAR" },
                "status_transitions": { "paid_at": "VARCHAR" }
            }'
        ) as cells
    from payments

),

ranked as (

    select
        *,
        row_number() over (partition by source, cells.id order by invoice_id) as place
    from opened
    where cells.status = 'paid'

),

final as (

    select
        source,
        cells.id as id,
        invoice_id,
        coalesce(cells.status_transitions.paid_at, cells.created) as paid_second,
        cells.amount_paid as amount,
        upper(cells.currency) as currency,
        cells.payment.type as type,
        cells.payment.payment_intent as payment_intent,
        cells.payment.charge as charge,
        payload
    from ranked
    where place = 1

)

select * from final
