-- model: staging.stg_registrations
-- grain: registration_key
-- about: Each row is one registration submitted by the as-of date; one decided later is still submitted (R17).
-- checks: unique(grain); not_null(registration_key, partner_key, submitted_at, submitted_on, status); one_of(status: submitted, approved, rejected, withdrawn); found(partner_key in staging.stg_partners.partner_key); found(account_key in staging.stg_accounts.account_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

typed as (

    select
        registrations.*,
        coalesce(registrations.decided_at >= setting.as_of_moment, false) as is_decided_later
    from input.typed_registrations as registrations
    cross join setting
    where registrations.problem is null and registrations.submitted_at < setting.as_of_moment

),

final as (

    select
        typed.registration_key,
        partners.partner_key,
        deals.deal_key,
        accounts.account_key,
        typed.submitted_at,
        local_date(typed.submitted_at, setting.timezone) as submitted_on,
        case when not typed.is_decided_later then typed.decided_at end as decided_at,
        case when not typed.is_decided_later then local_date(typed.decided_at, setting.timezone) end as decided_on,
        case when typed.is_decided_later and typed.status in ('approved', 'rejected') then 'submitted' else typed.status end as status,
        typed.protection_ends_on,
        typed.approver,
        typed.amount_minor,
        typed.currency
    from typed
    cross join setting
    inner join staging.partner_record as partners on partners.record_key = typed.partner_reference
    left join staging.deal_record as deals on deals.record_key = typed.deal_reference
    left join staging.account_record as accounts on accounts.record_key = typed.account_reference

)

select * from final
