-- model: staging.stg_invoices
-- grain: invoice_key
-- about: Each row is one invoice, also one issued after the as-of date, which is in no recurring revenue (R17). An empty status is paid when the payments add up to the total, else open (R11).
-- checks: unique(grain); not_null(invoice_key, customer_key, status, issued_at, issued_on, currency, total_minor, tax_minor); found(customer_key in staging.stg_customers.customer_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

typed as (

    select *
    from input.typed_invoices
    where problem is null

),

paid as (

    select
        payments.invoice_reference,
        payments.currency,
        sum(payments.amount_minor) as paid_minor
    from input.typed_payments as payments
    inner join typed on typed.invoice_key = payments.invoice_reference and typed.status is null
    cross join setting
    where payments.problem is null and payments.paid_at < setting.as_of_moment
    group by payments.invoice_reference, payments.currency

),

final as (

    select
        typed.invoice_key,
        customers.customer_key,
        typed.number,
        case
            when typed.status is not null then typed.status
            when coalesce(paid.paid_minor, 0) = typed.total_minor then 'paid'
            when typed.total_minor > 0 and paid.paid_minor > typed.total_minor then 'paid'
            else 'open'
        end as status,
        typed.issued_at,
        local_date(typed.issued_at, setting.timezone) as issued_on,
        typed.currency,
        typed.total_minor,
        coalesce(typed.tax_minor, 0) as tax_minor,
        deals.deal_key,
        typed.subscription_id,
        typed.recurring_minor,
        typed.period_starts_on,
        typed.period_ends_on
    from typed
    cross join setting
    inner join input.typed_customers as customers
        on customers.customer_key = typed.customer_reference
        and customers.problem is null
    left join staging.deal_record as deals on deals.record_key = typed.deal_reference
    left join paid on paid.invoice_reference = typed.invoice_key and paid.currency = typed.currency

)

select * from final
