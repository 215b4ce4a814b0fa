-- model: marts.fct_registration
-- grain: registration_key
-- about: Each row is one registration submitted in the period, or that is evidence of a deal behind its numbers.
-- checks: unique(grain)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

named as (

    select touch_key as registration_key
    from attribution.int_evidence
    where touch_table = 'registrations'

),

final as (

    select
        registrations.registration_key,
        registrations.partner_key,
        registrations.deal_key,
        registrations.account_key,
        registrations.status,
        registrations.submitted_at,
        registrations.submitted_on,
        registrations.decided_at,
        registrations.decided_on,
        registrations.protection_starts_on,
        registrations.protection_ends_on,
        registrations.outcome,
        registrations.is_conflict
    from published.marts.fct_registration as registrations
    cross join scope
    left join named on named.registration_key = registrations.registration_key
    where named.registration_key is not null
        or registrations.submitted_on between scope.starts_on and scope.ends_on

)

select * from final
