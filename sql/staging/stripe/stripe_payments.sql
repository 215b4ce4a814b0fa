-- into: input.payments
-- about: Paid invoice payments, also of invoices that are not paid in full (R114); one by payment record was made outside Stripe.
with

payments as (

    select *
    from input.stripe_payment

),

currencies as (

    select currency, exponent
    from input.stripe_currency

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'payments'

),

final as (

    select
        payments.source,
        payments.id as record_id,
        payments.id,
        payments.invoice_id,
        vendor_field(columns, 'paid_at', payments.payload, '$.', vendor_second(payments.paid_second)) as paid_at,
        vendor_major(payments.amount, currencies.exponent) as amount,
        payments.currency,
        (payments.type = 'payment_record')::varchar as is_out_of_band
    from payments
    left join currencies on currencies.currency = payments.currency
    left join column_map on column_map.source = payments.source

)

select * from final
