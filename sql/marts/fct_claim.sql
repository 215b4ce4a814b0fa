-- model: marts.fct_claim
-- grain: deal_key, rule, claim_table, claim_key
-- about: Each row is one claim to have brought one counted deal and what its rule made of it.
-- as: view
with

final as (

    select
        deal_key,
        rule,
        claim_table,
        claim_key,
        partner_key,
        claimed_at,
        is_accepted as accepted,
        reason
    from attribution.int_claim

)

select * from final
