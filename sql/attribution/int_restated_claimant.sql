-- model: attribution.int_restated_claimant
-- grain: evidence, deal_key, partner_key
-- about: Each row is one partner that the deciding rule of a restated deal leaves by the evidence that was not asked for.
-- checks: unique(grain); not_null(evidence, deal_key, partner_key, rule)
with

deals as (

    select deal_key, evidence, evidence_on
    from attribution.int_restated_deal

),

claims as (

    select
        deals.evidence,
        deals.evidence_on,
        claims.deal_key,
        claims.rule_no,
        claims.rule,
        claims.claim_table,
        claims.claim_key,
        claims.partner_key,
        claims.claimed_at,
        claims.decided_at,
        claims.is_accepted,
        claims.verdict
    from attribution.int_claim as claims
    inner join deals on deals.deal_key = claims.deal_key

),

evidence as (

    select touch_table, touch_key, stands_from_on, stands_until_on
    from attribution.int_evidence

),

-- lateness and windows are judged before these verdicts, and whoever decides, so only they can change
accepted as (

    select claims.*
    from claims
    left join evidence
        on evidence.touch_table = claims.claim_table
        and evidence.touch_key = claims.claim_key
    where case
        when claims.rule in ('declared', 'lead') and claims.verdict in ('accepted', 'time_unknown', 'removed', 'decided_late')
            then coalesce(evidence.stands_from_on <= claims.evidence_on, true) and coalesce(evidence.stands_until_on > claims.evidence_on, true)
        else claims.is_accepted
    end

),

deciding as (

    select deal_key, min(rule_no) as rule_no
    from accepted
    group by deal_key

),

grouped as (

    select
        accepted.evidence,
        accepted.deal_key,
        accepted.partner_key,
        accepted.rule,
        min(accepted.decided_at) as first_decided_at,
        min(accepted.claimed_at) as first_claimed_at
    from accepted
    inner join deciding
        on deciding.deal_key = accepted.deal_key
        and deciding.rule_no = accepted.rule_no
    where accepted.partner_key is not null
    group by accepted.evidence, accepted.deal_key, accepted.partner_key, accepted.rule

),

final as (

    select
        *,
        count(*) over (partition by evidence, deal_key) as claimants
    from grouped

)

select * from final
