-- model: marts.fct_cash_credit
-- grain: cash_key, partner_key, model
-- about: Each row is one partner's part of one payment, refund or dispute under one credit model.
-- as: view
with

final as (

    select cash_key, partner_key, model, occurred_on, collected_reporting_minor
    from attribution.int_cash_credit

)

select * from final
order by cash_key, partner_key, model
