-- into: input.invoices
-- about: Stripe's invoices; what recurs is their subscription lines without proration, before tax.
with

invoices as (

    select *
    from input.stripe_invoice

),

currencies as (

    select currency, exponent
    from input.stripe_currency

),

setting as (

    select timezone
    from warehouse.config.setting

),

recurring as (

    select
        source,
        invoice_id,
        sum(amount) as amount,
        make_timestamptz(min(starts_second) * 1000000) as starts_at,
        make_timestamptz(max(ends_second) * 1000000) as ends_at
    from input.stripe_line
    where is_recurring
    group by source, invoice_id

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'invoices'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'invoices'

),

-- a period ends with the day before the next one begins (R69)
figures as (

    select
        invoices.source,
        invoices.id,
        vendor_second(invoices.issued_second) as issued_at,
        vendor_major(invoices.total, currencies.exponent) as total,
        vendor_major(invoices.tax, currencies.exponent) as tax,
        vendor_major(recurring.amount, currencies.exponent) as recurring_amount,
        timezone(setting.timezone, recurring.starts_at)::date as starts_on,
        timezone(setting.timezone, recurring.ends_at)::date - 1 as ends_on
    from invoices
    cross join setting
    left join currencies on currencies.currency = invoices.currency
    left join recurring on recurring.source = invoices.source and recurring.invoice_id = invoices.id

),

final as (

    select
        invoices.source,
        invoices.id as record_id,
        invoices.id,
        vendor_field(columns, 'customer_id', invoices.payload, '$.', invoices.customer_id) as customer_id,
        vendor_field(columns, 'number', invoices.payload, '$.', invoices.number) as number,
        mapped(maps, 'status', vendor_field(columns, 'status', invoices.payload, '$.', invoices.status)) as status,
        vendor_field(columns, 'issued_at', invoices.payload, '$.', figures.issued_at) as issued_at,
        invoices.currency,
        vendor_field(columns, 'total', invoices.payload, '$.', figures.total) as total,
        vendor_field(columns, 'tax', invoices.payload, '$.', figures.tax) as tax,
        mapped(maps, 'deal_id', vendor_field(columns, 'deal_id', invoices.payload, '$.', invoices.deal_id)) as deal_id,
        vendor_field(columns, 'subscription_id', invoices.payload, '$.', invoices.subscription_id) as subscription_id,
        vendor_field(columns, 'recurring_amount', invoices.payload, '$.', figures.recurring_amount) as recurring_amount,
        vendor_field(columns, 'period_starts_on', invoices.payload, '$.', figures.starts_on::varchar) as period_starts_on,
        vendor_field(
            columns,
            'period_ends_on',
            invoices.payload,
            '$.',
            greatest(figures.ends_on, figures.starts_on)::varchar
        ) as period_ends_on
    from invoices
    inner join figures on figures.source = invoices.source and figures.id = invoices.id
    left join column_map on column_map.source = invoices.source
    left join value_map on value_map.source = invoices.source

)

select * from final
