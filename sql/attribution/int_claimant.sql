-- model: attribution.int_claimant
-- grain: deal_key, partner_key
-- about: Each row is one partner that the deciding rule of a deal left, the first rule that accepts any claim (R46).
-- checks: unique(grain); not_null(deal_key, partner_key, rule)
with

claims as (

    select deal_key, rule_no, rule, partner_key, claimed_at, decided_at
    from attribution.int_claim
    where is_accepted

),

deciding as (

    select deal_key, min(rule_no) as rule_no
    from claims
    group by deal_key

),

grouped as (

    select
        claims.deal_key,
        claims.partner_key,
        claims.rule_no,
        claims.rule,
        min(claims.decided_at) as first_decided_at,
        min(claims.claimed_at) as first_claimed_at,
        count(*) as claims
    from claims
    inner join deciding
        on deciding.deal_key = claims.deal_key
        and deciding.rule_no = claims.rule_no
    where claims.partner_key is not null
    group by claims.deal_key, claims.partner_key, claims.rule_no, claims.rule

),

final as (

    select
        deal_key,
        partner_key,
        rule_no,
        rule,
        first_decided_at,
        first_claimed_at,
        claims,
        count(*) over (partition by deal_key) as claimants
    from grouped

)

select * from final
