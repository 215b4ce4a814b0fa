-- model: marts.fct_claim
-- grain: deal_key, rule, claim_table, claim_key
-- about: Each row is one claim on one deal behind the period's numbers.
-- checks: unique(grain)
with

kept as (

    select deal_key
    from staging.kept_deal

),

final as (

    select facts.deal_key, facts.rule, facts.claim_table, facts.claim_key, facts.partner_key, facts.claimed_at, facts.accepted, facts.reason
    from published.marts.fct_claim as facts
    inner join kept on kept.deal_key = facts.deal_key

)

select * from final
