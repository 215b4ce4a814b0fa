-- model: comparison.collected
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's part of what was collected on one deal under one credit model, by two sets of rules.
-- checks: unique(grain); not_null(before_minor, after_minor)
-- The mart leaves the deal out, and to look for it again takes as long as all the rest.
with

parts as (

    select deal_key, partner_key, model, collected_reporting_minor as before_minor, 0 as after_minor
    from before.attribution.int_cash_credit
    union all
    select deal_key, partner_key, model, 0 as before_minor, collected_reporting_minor as after_minor
    from after.attribution.int_cash_credit

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
