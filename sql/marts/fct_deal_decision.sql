-- model: marts.fct_deal_decision
-- grain: deal_key, step
-- about: Each row is one rule tried on one counted deal, in order, until one left a partner; what it found is said in words.
-- as: view
with

final as (

    select deal_key, step, rule, claimants, outcome, partner_key, settled_by, reason
    from attribution.int_deal_decision

)

select * from final
