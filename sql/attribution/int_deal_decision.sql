-- model: attribution.int_deal_decision
-- grain: deal_key, step
-- ordered: yes
-- about: Each row is one rule tried on one counted deal, in order, until one named a partner; what it found is said in words.
-- checks: unique(grain); not_null(rule, claimants, outcome, reason); found(deal_key in attribution.int_deal.deal_key)
-- checks: one_of(rule: override, registration, declared, lead, none); one_of(outcome: source, conflict, direct, influenced, nothing)
with

sources as (

    select deal_key, source_partner_key, source_rule, is_direct_by_override, is_conflict, settled_by
    from attribution.int_deal_source

),

claims as (

    select deal_key, rule_no, claim_table, claim_key, partner_key, claimed_at, is_accepted, reason
    from attribution.int_claim

),

helped as (

    select deal_key, partners
    from attribution.int_deal_partner
    where place = 1

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

rules as (

    select rule_no, rule, nothing
    from (
        values
            (1, 'override', 'No override is on record.'),
            (2, 'registration', 'No registration names this deal or its account.'),
            (3, 'declared', 'Nobody is declared as the source.'),
            (4, 'lead', 'No lead of this deal or its account is on record.'),
            (5, 'none', 'No rule names a partner.')
    ) as listed (rule_no, rule, nothing)

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

left_over as (

    select
        claimants.deal_key,
        max(claimants.claimants) as claimants,
        string_agg(coalesce(partners.name, claimants.partner_key), ', ' order by claimants.partner_key) as names
    from attribution.int_claimant as claimants
    left join partners on partners.partner_key = claimants.partner_key
    group by claimants.deal_key

),

found as (

    select
        shown.deal_key,
        shown.rule_no,
        case when shown.is_accepted then coalesce(left_over.claimants, 0) else 0 end as claimants,
        case
            when shown.is_accepted and decided.is_direct_by_override then 'direct'
            when shown.is_accepted and decided.is_conflict then 'conflict'
            when shown.is_accepted then 'source'
            else 'nothing'
        end as outcome,
        case
            when shown.is_accepted and decided.is_conflict
                then left_over.claimants || ' partners claim it: ' || left_over.names || '. Settled by '
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
    left join left_over on left_over.deal_key = shown.deal_key

    union all

    select
        influences.deal_key,
        1 as rule_no,
        0 as claimants,
        'nothing' as outcome,
        influences.approver || ' decided on ' || say_date(influences.decided_on) || ': '
        || coalesce(partners.name, influences.partner_key, 'nobody') || ' influenced it, which leaves the source to the other rules ('
        || influences.reason || ').' as reason
    from influences
    left join partners on partners.partner_key = influences.partner_key

    union all

    select
        deal_key,
        5 as rule_no,
        0 as claimants,
        'influenced' as outcome,
        'No rule names a partner; '
        || case when partners = 1 then '1 partner has a qualifying touch.' else partners || ' partners have a qualifying touch.' end as reason
    from helped

),

final as (

    select
        decided.deal_key,
        rules.rule_no as step,
        rules.rule,
        coalesce(found.claimants, 0) as claimants,
        coalesce(found.outcome, case when rules.rule_no = 5 then 'direct' else 'nothing' end) as outcome,
        case when rules.rule_no = decided.last_step then decided.source_partner_key end as partner_key,
        case when rules.rule_no = decided.last_step then decided.settled_by end as settled_by,
        case
            when found.reason is not null then found.reason
            when rules.rule_no = 5 then 'No rule names a partner and nobody has a qualifying touch.'
            else rules.nothing
        end as reason
    from decided
    inner join rules on rules.rule_no <= decided.last_step
    left join found
        on found.deal_key = decided.deal_key
        and found.rule_no = rules.rule_no

)

select * from final
