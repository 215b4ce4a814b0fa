-- model: attribution.int_recurring_invoice
-- grain: invoice_key
-- about: Each row is one paid invoice with a recurring amount, converted at its issue date, and the first and last day of its service (R25, R69).
-- checks: unique(grain); not_null(invoice_key, customer_key, recurring_minor, starts_on, ends_on, days)
with

invoices as (

    select invoice_key, customer_key, issued_on, currency, recurring_minor, period_starts_on, period_ends_on
    from staging.stg_invoices
    where status = 'paid' and recurring_minor <> 0

),

rates as (

    select currency, day, num, den
    from staging.fx_day

),

setting as (

    select currency, as_of
    from config.setting

),

converted as (

    select
        invoices.invoice_key,
        invoices.customer_key,
        case
            when invoices.currency = setting.currency then invoices.recurring_minor
            else convert_minor(invoices.recurring_minor, rates.num, rates.den)
        end as recurring_minor,
        invoices.period_starts_on as starts_on,
        invoices.period_ends_on as ends_on
    from invoices
    cross join setting
    left join rates
        on rates.currency = invoices.currency
        and rates.day = invoices.issued_on
    where invoices.issued_on <= setting.as_of
        and invoices.period_starts_on <= invoices.period_ends_on

),

final as (

    select
        invoice_key,
        customer_key,
        recurring_minor,
        starts_on,
        ends_on,
        day_diff(starts_on, ends_on) + 1 as days
    from converted
    where recurring_minor is not null

)

select * from final
