-- model: attribution.int_deal_source
-- grain: deal_key
-- about: Each row is one counted deal with its source, the rule that gave it and, when several partners claimed it, the step that settled it (R44, R45).
-- checks: unique(grain); same_rows(attribution.int_deal)
-- checks: one_of(settled_by: incumbent, certification, earliest_decided, earliest_claimed, smallest_key)
with recursive

deals as (

    select deal_key
    from attribution.int_deal

),

claimants as (

    select deal_key, partner_key, rule, claimants
    from attribution.int_claimant

),

directs as (

    select deal_key
    from attribution.int_override
    where effect = 'direct'

),

sole as (

    select deal_key, partner_key, rule
    from claimants
    where claimants = 1

),

-- who is left when the steps after the incumbent have been gone through, and the earlier deal whose source would be the incumbent
contested as (

    select deal_key, partner_key, rule, left_out_by, settled_by, incumbent_deal_key
    from attribution.int_contest

),

settled as (

    select deal_key, partner_key, rule, settled_by, incumbent_deal_key
    from contested
    where left_out_by is null

),

asking as (

    select deal_key, partner_key, incumbent_deal_key
    from settled
    where incumbent_deal_key is not null

),

known as (

    select deal_key, partner_key from sole
    union all
    select deal_key, partner_key
    from settled
    where incumbent_deal_key is null

),

-- an incumbent may itself be settled by an incumbent, so answers go from the oldest deal to the newest (R44)
answered as (

    select
        asking.deal_key,
        coalesce(contested.partner_key, asking.partner_key) as partner_key,
        contested.partner_key is not null as is_incumbent
    from asking
    left join asking as earlier on earlier.deal_key = asking.incumbent_deal_key
    left join known on known.deal_key = asking.incumbent_deal_key
    left join contested
        on contested.deal_key = asking.deal_key
        and contested.partner_key = known.partner_key
    where earlier.deal_key is null

    union all

    select
        asking.deal_key,
        coalesce(contested.partner_key, asking.partner_key) as partner_key,
        contested.partner_key is not null as is_incumbent
    from answered
    inner join asking on asking.incumbent_deal_key = answered.deal_key
    left join contested
        on contested.deal_key = asking.deal_key
        and contested.partner_key = answered.partner_key

),

contests as (

    select
        settled.deal_key,
        coalesce(answered.partner_key, settled.partner_key) as partner_key,
        settled.rule,
        case when answered.is_incumbent then 'incumbent' else settled.settled_by end as settled_by
    from settled
    left join answered on answered.deal_key = settled.deal_key

),

final as (

    select
        deals.deal_key,
        coalesce(sole.partner_key, contests.partner_key) as source_partner_key,
        case when directs.deal_key is not null then 'override' else coalesce(sole.rule, contests.rule) end as source_rule,
        directs.deal_key is not null as is_direct_by_override,
        contests.deal_key is not null as is_conflict,
        contests.settled_by
    from deals
    left join sole on sole.deal_key = deals.deal_key
    left join contests on contests.deal_key = deals.deal_key
    left join directs on directs.deal_key = deals.deal_key

)

select * from final
