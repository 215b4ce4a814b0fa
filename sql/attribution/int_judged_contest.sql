-- model: attribution.int_judged_contest
-- grain: evidence, deal_key, partner_key
-- about: Each row is one of several partners that the deciding rule of a deal left, and the conflict step that leaves it out; the incumbent, where there is one, goes before all of them (R44, R45). Restated deals are judged by both kinds of evidence.
-- checks: unique(grain); one_of(evidence: close, current); not_null(deal_key, partner_key, rule, is_certified, settled_by)
-- checks: one_of(left_out_by: certification, earliest_decided, earliest_claimed, smallest_key)
-- checks: one_of(settled_by: certification, earliest_decided, earliest_claimed, smallest_key)
with

claimants as (

    select setting.evidence, claimants.deal_key, claimants.partner_key, claimants.rule, claimants.first_decided_at, claimants.first_claimed_at
    from attribution.int_claimant as claimants
    cross join config.setting
    where claimants.claimants > 1
    union all
    select evidence, deal_key, partner_key, rule, first_decided_at, first_claimed_at
    from attribution.int_restated_claimant
    where claimants > 1

),

deals as (

    select deal_key, account_key, state, order_type, created_at, created_on, closed_on
    from attribution.int_deal

),

certifications as (

    select partner_key, earned_on, expires_on
    from staging.stg_certifications

),

contested as (

    select
        claimants.evidence,
        claimants.deal_key,
        claimants.partner_key,
        claimants.rule,
        claimants.first_decided_at,
        claimants.first_claimed_at,
        deals.created_on
    from claimants
    inner join deals on deals.deal_key = claimants.deal_key

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
        certified.partner_key is not null as is_certified,
        bool_or(certified.partner_key is not null) over (partition by contested.evidence, contested.deal_key) as is_any_certified
    from contested
    left join certified
        on certified.deal_key = contested.deal_key
        and certified.partner_key = contested.partner_key

),

by_decided as (

    select
        *,
        is_certified = is_any_certified as is_kept_certified,
        min(case when is_certified = is_any_certified then first_decided_at end) over (partition by evidence, deal_key) as best_decided_at
    from by_certification

),

by_claimed as (

    select
        *,
        is_kept_certified and coalesce(first_decided_at = best_decided_at, best_decided_at is null) as is_kept_decided,
        min(
            case
                when is_kept_certified and coalesce(first_decided_at = best_decided_at, best_decided_at is null)
                    then first_claimed_at
            end
        ) over (partition by evidence, deal_key) as best_claimed_at
    from by_decided

),

by_key as (

    select
        *,
        is_kept_decided and coalesce(first_claimed_at = best_claimed_at, best_claimed_at is null) as is_kept_claimed
    from by_claimed

),

placed as (

    select
        *,
        row_number() over (partition by evidence, deal_key, is_kept_claimed order by partner_key) as place
    from by_key

),

narrowed as (

    select
        *,
        case
            when not is_kept_certified then 1
            when not is_kept_decided then 2
            when not is_kept_claimed then 3
            when place > 1 then 4
        end as left_out_at
    from placed

),

-- only a contested renewal or expansion asks for the incumbent: the source of the account's latest deal won by then
predecessors as (

    select
        asking.deal_key,
        deals.deal_key as incumbent_deal_key,
        row_number() over (
            partition by asking.deal_key
            order by deals.closed_on desc, deals.created_at desc, deals.deal_key
        ) as place
    from (select distinct deal_key from claimants) as contests
    inner join deals as asking on asking.deal_key = contests.deal_key
    inner join deals
        on deals.account_key = asking.account_key
        and deals.state = 'won'
        and deals.closed_on <= asking.created_on
        and (
            deals.created_at < asking.created_at
            or (deals.created_at = asking.created_at and deals.deal_key < asking.deal_key)
        )
    where asking.order_type in ('renewal', 'expansion')

),

final as (

    select
        narrowed.evidence,
        narrowed.deal_key,
        narrowed.partner_key,
        narrowed.rule,
        narrowed.first_decided_at,
        narrowed.first_claimed_at,
        narrowed.is_certified,
        case narrowed.left_out_at
            when 1 then 'certification'
            when 2 then 'earliest_decided'
            when 3 then 'earliest_claimed'
            when 4 then 'smallest_key'
        end as left_out_by,
        case max(narrowed.left_out_at) over (partition by narrowed.evidence, narrowed.deal_key)
            when 1 then 'certification'
            when 2 then 'earliest_decided'
            when 3 then 'earliest_claimed'
            else 'smallest_key'
        end as settled_by,
        predecessors.incumbent_deal_key
    from narrowed
    left join predecessors
        on predecessors.deal_key = narrowed.deal_key
        and predecessors.place = 1

)

select * from final
