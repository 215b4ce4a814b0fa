-- check: decision_time_unknown
-- severity: warning
-- stops: no
-- about: Approved registrations without a decision date; they protect from the day they were submitted (R39).
with

final as (

    select
        'registrations' as entity,
        registrations.registration_key as entity_key,
        'the registration of ' || coalesce(partners.name, registrations.partner_key) || ' submitted on '
        || say_date(registrations.submitted_on) || ' is approved without a date; it protects from the day it was submitted, until '
        || say_date(registrations.protection_ends_on) as message,
        'give the registration the time it was decided' as fix,
        deals.amount_reporting_minor
    from marts.fct_registration as registrations
    left join staging.stg_partners as partners on partners.partner_key = registrations.partner_key
    left join marts.fct_deal as deals on deals.deal_key = registrations.deal_key
    where registrations.status = 'approved' and registrations.decided_at is null

)

select * from final
