-- model: attribution.int_rule_finding
-- grain: deal_key, step
-- about: Each row is one rule that had something to look at on one counted deal, and what it found there, in words.
-- checks: unique(grain); not_null(claimants, outcome, reason); found(deal_key in attribution.int_deal.deal_key)
-- checks: one_of(outcome: source, conflict, direct, nothing)
with

sources as (

    select deal_key, source_partner_key, source_rule, is_direct_by_override, is_conflict, settled_by
    from attribution.int_deal_source

),

claims as (

    select deal_key, rule_no, claim_table, claim_key, partner_key, claimed_at, is_accepted, reason
    from attribution.int_claim

),

influences as (

    select deal_key, partner_key, approver, decided_on, reason
    from attribution.int_override
    where effect in ('influence', 'nothing')

),

partners as (

    select partner_key, name
    from staging.stg_partners

),

decided as (

    select
        deal_key,
        source_partner_key,
        settled_by,
        is_conflict,
        is_direct_by_override,
        case source_rule
            when 'override' then 1
            when 'registration' then 2
            when 'declared' then 3
            when 'lead' then 4
            else 5
        end as last_step
    from sources

),

-- the claim shown for a rule is the winner's earliest, else the earliest that was refused
ranked as (

    select
        claims.deal_key,
        claims.rule_no,
        claims.partner_key,
        claims.is_accepted,
        claims.reason,
        count(*) over (partition by claims.deal_key, claims.rule_no) as looked_at,
        row_number() over (
            partition by claims.deal_key, claims.rule_no
            order by
                case when claims.is_accepted then 0 else 1 end,
                case when claims.partner_key = decided.source_partner_key then 0 else 1 end,
                case when claims.claimed_at is null then 1 else 0 end,
                claims.claimed_at,
                claims.claim_table,
                claims.claim_key
        ) as place
    from claims
    inner join decided
        on decided.deal_key = claims.deal_key
        and decided.last_step >= claims.rule_no

),

shown as (

    select
        ranked.deal_key,
        ranked.rule_no,
        ranked.is_accepted,
        coalesce(partners.name || ' (' || ranked.partner_key || '): ', '') || ranked.reason as reason,
        ranked.looked_at
    from ranked
    left join partners on partners.partner_key = ranked.partner_key
    where ranked.place = 1

),

-- only a conflict names its claimants
conflicts as (

    select
        claimants.deal_key,
        max(claimants.claimants) as claimants,
        string_agg(coalesce(partners.name, claimants.partner_key), ', ' order by claimants.partner_key) as names
    from attribution.int_claimant as claimants
    left join partners on partners.partner_key = claimants.partner_key
    where claimants.claimants > 1
    group by claimants.deal_key

),

final as (

    select
        shown.deal_key,
        shown.rule_no as step,
        case
            when not shown.is_accepted or decided.source_partner_key is null then 0
            else coalesce(conflicts.claimants, 1)
        end as claimants,
        case
            when shown.is_accepted and decided.is_direct_by_override then 'direct'
            when shown.is_accepted and decided.is_conflict then 'conflict'
            when shown.is_accepted then 'source'
            else 'nothing'
        end as outcome,
        case
            when shown.is_accepted and decided.is_conflict
                then conflicts.claimants || ' partners claim it: ' || conflicts.names || '. Settled by '
                || case decided.settled_by
                    when 'incumbent' then 'the incumbent, who brought the account''s deal won before'
                    when 'certification' then 'an active certification on the day the deal was created'
                    when 'earliest_decided' then 'the earliest decision'
                    when 'earliest_claimed' then 'the earliest claim'
                    else 'the smallest key, all else being equal'
                end || ': ' || shown.reason || '.'
            when shown.is_accepted then shown.reason || '.'
            when shown.looked_at = 1 then '1 claim, none counts. ' || shown.reason || '.'
            else shown.looked_at || ' claims, none counts. The earliest, ' || shown.reason || '.'
        end as reason
    from shown
    inner join decided on decided.deal_key = shown.deal_key
    left join conflicts on conflicts.deal_key = shown.deal_key

    union all

    select
        influences.deal_key,
        1 as step,
        0 as claimants,
        'nothing' as outcome,
        influences.approver || ' decided on ' || say_date(influences.decided_on) || ': '
        || coalesce(partners.name, influences.partner_key, 'nobody') || ' influenced it, which leaves the source to the other rules ('
        || influences.reason || ').' as reason
    from influences
    left join partners on partners.partner_key = influences.partner_key

)

select * from final
