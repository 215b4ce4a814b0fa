-- model: input.stripe_line
-- grain: source, id
-- about: Each row is one line of an invoice, those in the invoice itself and those behind its first ten.
with

invoices as (

    select source, id as invoice_id, payload
    from input.stripe_invoice

),

inside as (

    select
        source,
        invoice_id,
        unnest(
            from_json(
                payload -> '$.lines.data',
                '[{
                    "id": "VARCHAR",
                    "amount": "DECIMAL(18, 0)",
                    "discount_amounts": [{ "amount": "DECIMAL(18, 0)" }],
                    "taxes": [{ "amount": "DECIMAL(18, 0)", "tax_behavior": "VARCHAR" }],
                    "parent": { "type": "VARCHAR", "subscription_item_details": { "proration": "BOOLEAN" } },
                    "period": { "start": "BIGINT", "end": "BIGINT" }
                }]'
            )
        ) as line
    from invoices

),

behind as (

    select
        source,
        payload ->> '$.invoice' as invoice_id,
        json_transform(
            payload,
            '{
                "id": "VARCHAR",
                "amount": "DECIMAL(18, 0)",
                "discount_amounts": [{ "amount": "DECIMAL(18, 0)" }],
                "taxes": [{ "amount": "DECIMAL(18, 0)", "tax_behavior": "VARCHAR" }],
                "parent": { "type": "VARCHAR", "subscription_item_details": { "proration": "BOOLEAN" } },
                "period": { "start": "BIGINT", "end": "BIGINT" }
            }'
        ) as line
    from input.latest
    where kind = 'stripe' and stream = 'invoice_lines' and op = 'upsert'

),

lines as (

    select * from inside
    union all by name
    select * from behind

),

ranked as (

    select
        source,
        invoice_id,
        line,
        row_number() over (partition by source, line.id order by invoice_id) as place
    from lines

),

final as (

    select
        source,
        line.id as id,
        invoice_id,
        line.parent.type = 'subscription_item_details'
        and not coalesce(line.parent.subscription_item_details.proration, false) as is_recurring,
        -- what the customer pays for it before tax: after discounts, without the tax that its price includes
        line.amount
        - coalesce(list_sum(list_transform(line.discount_amounts, lambda discount : discount.amount)), 0)
        - coalesce(
            list_sum(
                list_transform(
                    line.taxes,
                    lambda tax : case when tax.tax_behavior = 'inclusive' then tax.amount else 0 end
                )
            ),
            0
        ) as amount,
        line.period.start as starts_second,
        line.period.end as ends_second
    from ranked
    where place = 1

)

select * from final
