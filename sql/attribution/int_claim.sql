-- model: attribution.int_claim
-- grain: deal_key, rule_no, claim_table, claim_key
-- ordered: yes
-- about: Each row is one claim to have brought one counted deal, under the rule it belongs to, and whether that rule accepts it (R40 to R43).
-- checks: unique(grain); not_null(deal_key, rule_no, rule, claim_table, claim_key, is_accepted, reason)
-- checks: one_of(rule: override, registration, declared, lead)
with

deals as (

    select deal_key, account_key, created_on, judged_on, closed_on, claims_end_on, late_after_on, evidence_on, window_starts_on
    from attribution.int_deal

),

evidence as (

    select touch_table, touch_key, partner_key, deal_key, account_key, kind, occurred_at, occurred_on, recorded_on, stands_from_on, stands_until_on
    from attribution.int_evidence
    where touch_table in ('deal_partners', 'deals', 'leads')

),

registrations as (

    select
        registration_key, partner_key, named_deal_key, deal_key, account_key, submitted_at, submitted_on, decided_at,
        decided_on, status, starts_on, ends_on
    from attribution.int_registration

),

setting as (

    select protection_days
    from config.setting

),

overrides as (

    select
        deal_key,
        1 as rule_no,
        'override' as rule,
        'overrides' as claim_table,
        deal_key as claim_key,
        case when effect = 'source' then partner_key end as partner_key,
        decided_at as claimed_at,
        decided_on as claimed_on,
        cast(null as timestamptz) as decided_at,
        cast(null as date) as decided_on,
        true as is_accepted,
        'accepted' as verdict,
        approver || ' decided on ' || say_date(decided_on) || ': '
        || case when effect = 'source' then 'sourced' else 'no partner brought it' end || ' (' || reason || ')' as reason
    from attribution.int_override
    where effect in ('source', 'direct')

),

-- a registration of an account alone is looked at for every deal it could have protected, but protects only the first (R40)
registration_pairs as (

    select deals.deal_key, registrations.registration_key
    from registrations
    inner join deals on deals.deal_key = registrations.named_deal_key

    union all

    select deals.deal_key, registrations.registration_key
    from registrations
    cross join setting
    inner join deals
        on deals.account_key = registrations.account_key
        and registrations.submitted_on <= deals.claims_end_on
        and coalesce(registrations.ends_on, add_days(registrations.submitted_on, setting.protection_days)) >= deals.created_on
    where registrations.named_deal_key is null

),

registration_verdicts as (

    select
        registration_pairs.deal_key,
        registrations.registration_key,
        registrations.partner_key,
        registrations.deal_key as protected_deal_key,
        registrations.submitted_at,
        registrations.submitted_on,
        registrations.decided_at,
        registrations.decided_on,
        registrations.status,
        registrations.starts_on,
        registrations.ends_on,
        deals.claims_end_on,
        deals.judged_on,
        deals.closed_on,
        case
            when registrations.status <> 'approved' then 'not_approved'
            when registrations.deal_key <> deals.deal_key then 'first_deal_only'
            when registrations.submitted_on > deals.claims_end_on then 'too_late'
            when registrations.starts_on > deals.judged_on then 'not_yet_protected'
            when registrations.ends_on < deals.judged_on then 'protection_over'
            else 'accepted'
        end as verdict
    from registration_pairs
    inner join registrations on registrations.registration_key = registration_pairs.registration_key
    inner join deals on deals.deal_key = registration_pairs.deal_key

),

registration_claims as (

    select
        deal_key,
        2 as rule_no,
        'registration' as rule,
        'registrations' as claim_table,
        registration_key as claim_key,
        partner_key,
        submitted_at as claimed_at,
        submitted_on as claimed_on,
        decided_at,
        decided_on,
        verdict = 'accepted' as is_accepted,
        verdict,
        'registration submitted on ' || say_date(submitted_on)
        || case
            when verdict = 'not_approved'
                then ': it is ' || case status when 'submitted' then 'not decided yet' else status end || ', only an approved one counts'
            when verdict = 'first_deal_only'
                then ': it names the account and protects only the first deal, ' || protected_deal_key
            when verdict = 'too_late'
                then ': too late, claims on this deal ended on ' || say_date(claims_end_on)
            when verdict = 'not_yet_protected'
                then ': its protection began on ' || say_date(starts_on) || ', after ' || say_date(judged_on)
            when verdict = 'protection_over'
                then ': its protection ended on ' || say_date(ends_on) || ', before '
                || case when closed_on is null then 'today, ' else 'the close on ' end || say_date(judged_on)
            else coalesce(', approved on ' || say_date(decided_on), ', approved without a date')
                || ', protected until ' || say_date(ends_on)
        end as reason
    from registration_verdicts

),

declared_verdicts as (

    select
        evidence.*,
        deals.claims_end_on,
        deals.late_after_on,
        case
            when evidence.recorded_on > deals.late_after_on then 'recorded_late'
            when evidence.recorded_on > deals.claims_end_on then 'too_late'
            when evidence.stands_until_on <= deals.evidence_on then 'removed'
            when evidence.recorded_on is null then 'time_unknown'
            else 'accepted'
        end as verdict
    from evidence
    inner join deals on deals.deal_key = evidence.deal_key
    where evidence.touch_table in ('deal_partners', 'deals') and evidence.kind = 'sourced'

),

declared_claims as (

    select
        deal_key,
        3 as rule_no,
        'declared' as rule,
        touch_table as claim_table,
        touch_key as claim_key,
        partner_key,
        occurred_at as claimed_at,
        occurred_on as claimed_on,
        cast(null as timestamptz) as decided_at,
        cast(null as date) as decided_on,
        verdict in ('accepted', 'time_unknown') as is_accepted,
        verdict,
        case when touch_table = 'deals' then 'declared on the deal' else 'sourced role on the deal' end
        || coalesce(' on ' || say_date(occurred_on), ' at an unknown time')
        || case
            when verdict = 'removed' then ': removed on ' || say_date(stands_until_on)
            when verdict = 'recorded_late' then ': late, evidence on this deal was taken until ' || say_date(late_after_on)
            when verdict = 'too_late' then ': too late, claims on this deal ended on ' || say_date(claims_end_on)
            when verdict = 'time_unknown' then ', which is accepted'
            else ''
        end as reason
    from declared_verdicts

),

lead_verdicts as (

    select
        deals.deal_key,
        evidence.touch_table,
        evidence.touch_key,
        evidence.partner_key,
        evidence.occurred_at,
        evidence.occurred_on,
        evidence.stands_from_on,
        evidence.stands_until_on,
        deals.claims_end_on,
        deals.late_after_on,
        deals.evidence_on,
        case
            when evidence.stands_from_on is null then 'not_accepted'
            when evidence.occurred_on > deals.claims_end_on then 'too_late'
            when evidence.occurred_on > deals.late_after_on then 'recorded_late'
            when evidence.stands_from_on > deals.evidence_on then 'decided_late'
            when evidence.stands_until_on <= deals.evidence_on then 'removed'
            else 'accepted'
        end as verdict
    from evidence
    inner join deals on deals.deal_key = evidence.deal_key
    where evidence.touch_table = 'leads'

    union all

    select
        deals.deal_key,
        evidence.touch_table,
        evidence.touch_key,
        evidence.partner_key,
        evidence.occurred_at,
        evidence.occurred_on,
        evidence.stands_from_on,
        evidence.stands_until_on,
        deals.created_on as claims_end_on,
        deals.late_after_on,
        deals.evidence_on,
        case
            when evidence.stands_from_on is null then 'not_accepted'
            when evidence.occurred_on > deals.created_on then 'too_late'
            when evidence.occurred_on > deals.late_after_on then 'recorded_late'
            when evidence.stands_from_on > deals.evidence_on then 'decided_late'
            when evidence.stands_until_on <= deals.evidence_on then 'removed'
            else 'accepted'
        end as verdict
    from evidence
    inner join deals
        on deals.account_key = evidence.account_key
        and evidence.occurred_on >= deals.window_starts_on
        and evidence.occurred_on <= deals.claims_end_on
    where evidence.touch_table = 'leads' and evidence.deal_key is null

),

lead_claims as (

    select
        deal_key,
        4 as rule_no,
        'lead' as rule,
        touch_table as claim_table,
        touch_key as claim_key,
        partner_key,
        occurred_at as claimed_at,
        occurred_on as claimed_on,
        cast(null as timestamptz) as decided_at,
        cast(null as date) as decided_on,
        verdict = 'accepted' as is_accepted,
        verdict,
        'lead received on ' || say_date(occurred_on)
        || case
            when verdict = 'not_accepted' then ': not accepted'
            when verdict = 'too_late' then ': too late, leads for this deal ended on ' || say_date(claims_end_on)
            when verdict = 'recorded_late' then ': late, evidence on this deal was taken until ' || say_date(late_after_on)
            when verdict = 'decided_late'
                then ': accepted on ' || say_date(stands_from_on) || ', after evidence was closed on ' || say_date(evidence_on)
            when verdict = 'removed' then ': rejected on ' || say_date(stands_until_on)
            else ', accepted on ' || say_date(stands_from_on)
        end as reason
    from lead_verdicts

),

final as (

    select * from overrides
    union all
    select * from registration_claims
    union all
    select * from declared_claims
    union all
    select * from lead_claims

)

select * from final
