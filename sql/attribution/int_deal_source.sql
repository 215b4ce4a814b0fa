-- model: attribution.int_deal_source
-- grain: deal_key
-- about: Each row is one counted deal with its source, the rule that gave it and, when several partners claimed it, the step that settled it (R44, R45).
-- checks: unique(grain); same_rows(attribution.int_deal)
-- checks: one_of(settled_by: incumbent, certification, earliest_decided, earliest_claimed, smallest_key)
with recursive

deals as (

    select deal_key, account_key, state, order_type, created_at, created_on, closed_on
    from attribution.int_deal

),

claimants as (

    select deal_key, partner_key, rule, first_decided_at, first_claimed_at, claimants
    from attribution.int_claimant

),

directs as (

    select deal_key
    from attribution.int_override
    where effect = 'direct'

),

certifications as (

    select partner_key, earned_on, expires_on
    from staging.stg_certifications

),

sole as (

    select deal_key, partner_key, rule
    from claimants
    where claimants = 1

),

contested as (

    select
        claimants.deal_key,
        claimants.partner_key,
        claimants.rule,
        claimants.first_decided_at,
        claimants.first_claimed_at,
        deals.account_key,
        deals.order_type,
        deals.created_at,
        deals.created_on
    from claimants
    inner join deals on deals.deal_key = claimants.deal_key
    where claimants.claimants > 1

),

certified as (

    select distinct contested.deal_key, contested.partner_key
    from contested
    inner join certifications
        on certifications.partner_key = contested.partner_key
        and certifications.earned_on <= contested.created_on
        and (certifications.expires_on is null or certifications.expires_on >= contested.created_on)

),

-- each step keeps the claimants that satisfy it if any does (R45)
by_certification as (

    select
        contested.*,
        case when certified.partner_key is null then 0 else 1 end as is_certified,
        max(case when certified.partner_key is null then 0 else 1 end) over (partition by contested.deal_key) as best_certified
    from contested
    left join certified
        on certified.deal_key = contested.deal_key
        and certified.partner_key = contested.partner_key

),

by_decided as (

    select
        *,
        count(*) over (partition by deal_key) as left_over,
        min(first_decided_at) over (partition by deal_key) as best_decided_at
    from by_certification
    where is_certified = best_certified

),

by_claimed as (

    select
        *,
        count(*) over (partition by deal_key) as left_after_decided,
        min(first_claimed_at) over (partition by deal_key) as best_claimed_at
    from by_decided
    where best_decided_at is null or first_decided_at = best_decided_at

),

by_key as (

    select
        *,
        count(*) over (partition by deal_key) as left_after_claimed,
        row_number() over (partition by deal_key order by partner_key) as place
    from by_claimed
    where best_claimed_at is null or first_claimed_at = best_claimed_at

),

settled as (

    select
        deal_key,
        partner_key,
        rule,
        order_type,
        account_key,
        created_at,
        created_on,
        case
            when left_over = 1 then 'certification'
            when left_after_decided = 1 then 'earliest_decided'
            when left_after_claimed = 1 then 'earliest_claimed'
            else 'smallest_key'
        end as settled_by
    from by_key
    where place = 1

),

-- only a contested renewal or expansion asks for the incumbent: the source of the account's latest deal won by then
predecessors as (

    select
        settled.deal_key,
        settled.partner_key,
        deals.deal_key as incumbent_deal_key,
        row_number() over (
            partition by settled.deal_key
            order by deals.closed_on desc, deals.created_at desc, deals.deal_key
        ) as place
    from settled
    inner join deals
        on deals.account_key = settled.account_key
        and deals.state = 'won'
        and deals.closed_on <= settled.created_on
        and (
            deals.created_at < settled.created_at
            or (deals.created_at = settled.created_at and deals.deal_key < settled.deal_key)
        )
    where settled.order_type in ('renewal', 'expansion')

),

asking as (

    select deal_key, partner_key, incumbent_deal_key
    from predecessors
    where place = 1

),

known as (

    select deal_key, partner_key from sole
    union all
    select settled.deal_key, settled.partner_key
    from settled
    left join asking on asking.deal_key = settled.deal_key
    where asking.deal_key is null

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
