-- model: attribution.int_found_source
-- grain: evidence, deal_key
-- about: Each row is the partner that the rules find to have brought one counted deal and, when several claimed it, the step that settled it (R44, R45): by the evidence asked for, and for restated deals by the other as well.
-- checks: unique(grain); not_null(evidence, deal_key, partner_key, rule, is_conflict); one_of(evidence: close, current)
-- checks: one_of(settled_by: incumbent, certification, earliest_decided, earliest_claimed, smallest_key)
with recursive

sole as (

    select setting.evidence, claimants.deal_key, claimants.partner_key, claimants.rule
    from attribution.int_claimant as claimants
    cross join config.setting
    where claimants.claimants = 1
    union all
    select evidence, deal_key, partner_key, rule
    from attribution.int_restated_claimant
    where claimants = 1

),

-- who is left when the steps after the incumbent have been gone through, and the earlier deal whose source would be the incumbent
contested as (

    select evidence, deal_key, partner_key, rule, left_out_by, settled_by, incumbent_deal_key
    from attribution.int_judged_contest

),

settled as (

    select evidence, deal_key, partner_key, rule, settled_by, incumbent_deal_key
    from contested
    where left_out_by is null

),

asking as (

    select evidence, deal_key, partner_key, incumbent_deal_key
    from settled
    where incumbent_deal_key is not null

),

known as (

    select evidence, deal_key, partner_key from sole
    union all
    select evidence, deal_key, partner_key
    from settled
    where incumbent_deal_key is null

),

-- an incumbent may itself be settled by an incumbent, so answers go from the oldest deal to the newest (R44)
answered as (

    select
        asking.evidence,
        asking.deal_key,
        coalesce(contested.partner_key, asking.partner_key) as partner_key,
        contested.partner_key is not null as is_incumbent
    from asking
    left join asking as earlier
        on earlier.evidence = asking.evidence
        and earlier.deal_key = asking.incumbent_deal_key
    left join known
        on known.evidence = asking.evidence
        and known.deal_key = asking.incumbent_deal_key
    left join contested
        on contested.evidence = asking.evidence
        and contested.deal_key = asking.deal_key
        and contested.partner_key = known.partner_key
    where earlier.deal_key is null

    union all

    select
        asking.evidence,
        asking.deal_key,
        coalesce(contested.partner_key, asking.partner_key) as partner_key,
        contested.partner_key is not null as is_incumbent
    from answered
    inner join asking
        on asking.evidence = answered.evidence
        and asking.incumbent_deal_key = answered.deal_key
    left join contested
        on contested.evidence = asking.evidence
        and contested.deal_key = asking.deal_key
        and contested.partner_key = answered.partner_key

),

final as (

    select evidence, deal_key, partner_key, rule, false as is_conflict, cast(null as varchar) as settled_by
    from sole

    union all

    select
        settled.evidence,
        settled.deal_key,
        coalesce(answered.partner_key, settled.partner_key) as partner_key,
        settled.rule,
        true as is_conflict,
        case when answered.is_incumbent then 'incumbent' else settled.settled_by end as settled_by
    from settled
    left join answered
        on answered.evidence = settled.evidence
        and answered.deal_key = settled.deal_key

)

select * from final
