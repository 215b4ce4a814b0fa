-- model: marts.fct_registration
-- grain: registration_key
-- about: Each row is one registration with its answer time, its protection, what became of it and whether another partner claims the same (R78 to R79b).
-- checks: unique(grain); same_rows(staging.stg_registrations); one_of(outcome: won, lost, open, expired)
with

registrations as (

    select *
    from attribution.int_registration

),

deals as (

    select deal_key, account_key, state, closed_on, judged_on
    from attribution.int_deal

),

known_deals as (

    select deal_key, account_key
    from staging.stg_deals

),

setting as (

    select as_of, as_of_moment, decision_hours
    from config.setting

),

judged as (

    select
        registrations.*,
        coalesce(registrations.account_key, known_deals.account_key) as claimed_account_key,
        -- one that was withdrawn after its decision is no decided one any more (R79)
        case
            when registrations.status in ('approved', 'rejected')
                then date_diff('microsecond', registrations.submitted_at, registrations.decided_at) / 3600000000.0
        end as hours_to_decision,
        date_diff('microsecond', registrations.submitted_at, setting.as_of_moment) / 3600000000.0 as hours_so_far,
        setting.decision_hours,
        case
            when registrations.status <> 'approved' then null
            when deals.state <> 'open' and deals.judged_on <= registrations.ends_on then deals.state
            when deals.state <> 'open' or registrations.ends_on < setting.as_of then 'expired'
            else 'open'
        end as outcome
    from registrations
    cross join setting
    left join deals on deals.deal_key = registrations.deal_key
    left join known_deals on known_deals.deal_key = registrations.deal_key

),

flagged as (

    select
        *,
        status in ('approved', 'submitted') as is_claim,
        status = 'submitted' or (status = 'approved' and outcome = 'open') as is_open_claim
    from judged

),

-- the smallest and the largest partner tell whether any other than oneself is there
deal_claims as (

    select deal_key, min(partner_key) as first_partner_key, max(partner_key) as last_partner_key
    from flagged
    where is_claim and deal_key is not null
    group by deal_key

),

account_claims as (

    select claimed_account_key, min(partner_key) as first_partner_key, max(partner_key) as last_partner_key
    from flagged
    where is_open_claim and claimed_account_key is not null
    group by claimed_account_key

),

final as (

    select
        flagged.registration_key,
        flagged.partner_key,
        flagged.deal_key,
        flagged.claimed_account_key as account_key,
        flagged.status,
        flagged.submitted_at,
        flagged.submitted_on,
        flagged.decided_at,
        flagged.decided_on,
        flagged.hours_to_decision as decision_hours,
        case
            when flagged.hours_to_decision is not null then flagged.hours_to_decision <= flagged.decision_hours
            when flagged.status = 'submitted' and flagged.hours_so_far > flagged.decision_hours then false
        end as in_sla,
        flagged.starts_on as protection_starts_on,
        flagged.ends_on as protection_ends_on,
        flagged.outcome,
        coalesce(deal_claims.first_partner_key <> flagged.partner_key, false)
        or coalesce(deal_claims.last_partner_key <> flagged.partner_key, false)
        or (
            flagged.is_open_claim
            and (
                coalesce(account_claims.first_partner_key <> flagged.partner_key, false)
                or coalesce(account_claims.last_partner_key <> flagged.partner_key, false)
            )
        ) as is_conflict,
        flagged.approver,
        flagged.named_deal_key is null and flagged.deal_key is not null as is_protecting_account,
        flagged.amount_minor,
        flagged.currency
    from flagged
    left join deal_claims on deal_claims.deal_key = flagged.deal_key
    left join account_claims on account_claims.claimed_account_key = flagged.claimed_account_key

)

select * from final
