-- model: marts.fct_deal_decision
-- grain: deal_key, step
-- about: Each row is one rule tried on one deal behind the period's numbers.
-- checks: unique(grain)
with

kept as (

    select deal_key
    from staging.kept_deal

),

final as (

    select facts.deal_key, facts.step, facts.rule, facts.claimants, facts.outcome, facts.partner_key, facts.settled_by, facts.reason
    from published.marts.fct_deal_decision as facts
    inner join kept on kept.deal_key = facts.deal_key

)

select * from final
