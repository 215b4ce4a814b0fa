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
        case when taxed_minor = 0 then cash_minor else convert_minor(cash_minor, untaxed_minor, taxed_minor) end as fitting_minor
    from invoiced

),

-- a tax that dwarfs its invoice can leave more than a whole number holds; such cash is listed and collects nothing
bounded as (

    select *, coalesce(fitting_minor, 0) as collected_minor
    from untaxed

),

final as (

    select
        bounded.cash_key,
        bounded.kind,
        bounded.payment_key,
        bounded.invoice_key,
        bounded.customer_key,
        bounded.account_key,
        bounded.deal_key,
        bounded.link_reason,
        bounded.occurred_at,
        bounded.occurred_on,
        bounded.cash_minor,
        bounded.collected_minor,
        bounded.fitting_minor is null as is_collected_unknown,
        bounded.currency,
        case
            when bounded.currency = setting.currency then bounded.collected_minor
            else convert_minor(bounded.collected_minor, rates.num, rates.den)
        end as collected_reporting_minor,
        cast(case when bounded.currency = setting.currency then 1 else rates.rate end as decimal(24, 12)) as fx_rate,
        case when bounded.currency = setting.currency then bounded.occurred_on else rates.rate_on end as fx_on
    from bounded
    cross join setting
    left join rates
        on rates.currency = bounded.currency
        and rates.day = bounded.occurred_on

)

select * from final
