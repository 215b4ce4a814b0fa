-- model: marts.fct_cash
-- grain: cash_key
-- about: Each row is one payment, refund or dispute of the period as it was presented, or of the year to either side of it, so that one that moves between periods is known.
-- checks: unique(grain)
with

scope as (

    select add_months(starts_on, -12) as starts_on, add_months(ends_on, 12) as ends_on
    from config.scope

),

final as (

    select
        cash.cash_key,
        cash.kind,
        cash.payment_key,
        cash.invoice_key,
        cash.customer_key,
        cash.deal_key,
        cash.link_reason,
        cash.occurred_on,
        cash.cash_minor,
        cash.collected_minor,
        cash.currency,
        cash.collected_reporting_minor,
        cash.fx_rate,
        cash.fx_on
    from published.marts.fct_cash as cash
    inner join scope on cash.occurred_on between scope.starts_on and scope.ends_on

)

select * from final
