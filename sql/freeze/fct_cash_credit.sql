-- model: marts.fct_cash_credit
-- grain: cash_key, partner_key, model
-- about: Each row is one partner's part of one payment, refund or dispute of the period, under each credit model.
-- checks: unique(grain)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

final as (

    select credits.cash_key, credits.partner_key, credits.model, credits.occurred_on, credits.collected_reporting_minor
    from published.marts.fct_cash_credit as credits
    inner join scope on credits.occurred_on between scope.starts_on and scope.ends_on

)

select * from final
