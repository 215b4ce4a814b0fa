-- model: marts.fct_cash
-- grain: cash_key
-- about: Each row is one payment, refund or lost dispute, before tax, with the deal it belongs to and why.
-- as: view
with

final as (

    select
        cash_key,
        kind,
        payment_key,
        invoice_key,
        customer_key,
        account_key,
        deal_key,
        link_reason,
        occurred_at,
        occurred_on,
        cash_minor,
        collected_minor,
        currency,
        collected_reporting_minor,
        fx_rate,
        fx_on
    from attribution.int_cash

)

select * from final
