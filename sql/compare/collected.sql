-- model: comparison.collected
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's part of what was collected on one deal under one credit model, by two sets of rules.
-- checks: unique(grain); not_null(before_minor, after_minor)
with

parts as (

    select cash.deal_key, credits.partner_key, credits.model, credits.collected_reporting_minor as before_minor, 0 as after_minor
    from before.marts.fct_cash_credit as credits
    inner join before.marts.fct_cash as cash on cash.cash_key = credits.cash_key
    union all
    select cash.deal_key, credits.partner_key, credits.model, 0 as before_minor, credits.collected_reporting_minor as after_minor
    from after.marts.fct_cash_credit as credits
    inner join after.marts.fct_cash as cash on cash.cash_key = credits.cash_key

),

final as (

    select
        deal_key,
        partner_key,
        model,
        cast(sum(before_minor) as bigint) as before_minor,
        cast(sum(after_minor) as bigint) as after_minor
    from parts
    group by deal_key, partner_key, model

)

select * from final
