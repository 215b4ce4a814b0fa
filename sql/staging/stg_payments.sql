-- model: staging.stg_payments
-- grain: payment_key
-- about: Each row is one payment of an invoice made by the as-of date.
-- checks: unique(grain); not_null(payment_key, invoice_key, paid_at, paid_on, amount_minor, currency); found(invoice_key in staging.stg_invoices.invoice_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

-- a payment whose invoice is not known is in quarantine
unknown as (

    select source, record_id
    from input.unknown_reference
    where entity = 'payments' and is_required

),

final as (

    select
        payments.payment_key,
        payments.invoice_reference as invoice_key,
        payments.paid_at,
        local_date(payments.paid_at, setting.timezone) as paid_on,
        payments.amount_minor,
        payments.currency,
        coalesce(payments.is_out_of_band, false) as is_out_of_band
    from input.typed_payments as payments
    cross join setting
    anti join unknown on unknown.source = payments.source and unknown.record_id = payments.record_id
    where payments.problem is null and payments.paid_at < setting.as_of_moment

)

select * from final
