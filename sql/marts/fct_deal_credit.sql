-- model: marts.fct_deal_credit
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's share of one counted deal under one credit model, and its part of the amount once the deal is won.
-- as: view
with

final as (

    select deal_key, partner_key, model, share, amount_reporting_minor, reason
    from attribution.int_deal_credit

)

select * from final
