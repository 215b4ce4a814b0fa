-- model: attribution.int_cash
-- grain: cash_key
-- ordered: yes
-- about: Each row is one payment, refund or lost dispute, before tax, with the deal it belongs to and why (R56 to R58, R96, R112).
-- checks: unique(grain); not_null(cash_key, kind, invoice_key, cash_minor, collected_minor, link_reason); one_of(kind: payment, refund, dispute)
with

invoices as (

    select invoice_key, customer_key, account_key, deal_key, link_reason, total_minor, tax_minor
    from attribution.int_invoice_deal

),

payments as (

    select payment_key, invoice_key, paid_at, paid_on, amount_minor, currency
    from staging.stg_payments

),

refunds as (

    select
        refunds.refund_key,
        refunds.payment_key,
        refunded_payments.invoice_key,
        refunds.refunded_at,
        refunds.refunded_on,
        refunds.amount_minor,
        refunds.currency,
        refunds.kind
    from staging.stg_refunds as refunds
    inner join staging.stg_payments as refunded_payments on refunded_payments.payment_key = refunds.payment_key

),

rates as (

    select currency, day, num, den, rate, rate_on
    from staging.fx_day

),

setting as (

    select currency
    from config.setting

),

moved as (

    select
        payment_key as cash_key,
        'payment' as kind,
        payment_key,
        invoice_key,
        paid_at as occurred_at,
        paid_on as occurred_on,
        amount_minor as cash_minor,
        currency
    from payments

    union all

    select
        refund_key as cash_key,
        kind,
        payment_key,
        invoice_key,
        refunded_at as occurred_at,
        refunded_on as occurred_on,
        -amount_minor as cash_minor,
        currency
    from refunds

),

-- the fraction before tax is kept as two whole numbers, the lower one above 0
invoiced as (

    select
        moved.*,
        invoices.customer_key,
        invoices.account_key,
        invoices.deal_key,
        invoices.link_reason,
        (invoices.total_minor - invoices.tax_minor) * sign(invoices.total_minor) as untaxed_minor,
        abs(invoices.total_minor) as taxed_minor
    from moved
    inner join invoices on invoices.invoice_key = moved.invoice_key

),

-- an invoice without a total has no tax to take off (R56)
untaxed as (

    select
        *,
        case when taxed_minor = 0 then cash_minor else convert_minor(cash_minor, untaxed_minor, taxed_minor) end as collected_minor
    from invoiced

),

final as (

    select
        untaxed.cash_key,
        untaxed.kind,
        untaxed.payment_key,
        untaxed.invoice_key,
        untaxed.customer_key,
        untaxed.account_key,
        untaxed.deal_key,
        untaxed.link_reason,
        untaxed.occurred_at,
        untaxed.occurred_on,
        untaxed.cash_minor,
        untaxed.collected_minor,
        untaxed.currency,
        case
            when untaxed.currency = setting.currency then untaxed.collected_minor
            else convert_minor(untaxed.collected_minor, rates.num, rates.den)
        end as collected_reporting_minor,
        cast(case when untaxed.currency = setting.currency then 1 else rates.rate end as decimal(24, 12)) as fx_rate,
        case when untaxed.currency = setting.currency then untaxed.occurred_on else rates.rate_on end as fx_on
    from untaxed
    cross join setting
    left join rates
        on rates.currency = untaxed.currency
        and rates.day = untaxed.occurred_on

)

select * from final
