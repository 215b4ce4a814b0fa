-- model: attribution.int_registration
-- grain: registration_key
-- about: Each row is one registration with the days it protects and the deal it stands for: the one it names, else the first deal of its account that it protects (R40).
-- checks: unique(grain); same_rows(staging.stg_registrations)
with

registrations as (

    select
        registration_key, partner_key, deal_key, account_key, submitted_at, submitted_on, decided_at, decided_on, status,
        protection_ends_on, approver, amount_minor, currency
    from staging.stg_registrations

),

deals as (

    select deal_key, account_key, created_at, created_on
    from attribution.int_deal

),

setting as (

    select claim_days, protection_days
    from config.setting

),

started as (

    select
        registrations.*,
        case when registrations.status = 'approved' then coalesce(registrations.decided_on, registrations.submitted_on) end as starts_on,
        setting.claim_days,
        setting.protection_days
    from registrations
    cross join setting

),

protecting as (

    select
        started.*,
        case when started.status = 'approved' then coalesce(started.protection_ends_on, add_days(started.starts_on, started.protection_days)) end as ends_on
    from started

),

-- every deal of the account that the registration could protect, the earliest created first (R40)
candidates as (

    select
        protecting.registration_key,
        deals.deal_key,
        row_number() over (partition by protecting.registration_key order by deals.created_at, deals.deal_key) as place
    from protecting
    inner join deals
        on deals.account_key = protecting.account_key
        and deals.created_on >= add_days(protecting.submitted_on, -protecting.claim_days)
        and deals.created_on <= protecting.ends_on
    where protecting.deal_key is null

),

final as (

    select
        protecting.registration_key,
        protecting.partner_key,
        protecting.deal_key as named_deal_key,
        coalesce(protecting.deal_key, candidates.deal_key) as deal_key,
        protecting.account_key,
        protecting.submitted_at,
        protecting.submitted_on,
        protecting.decided_at,
        protecting.decided_on,
        protecting.status,
        protecting.approver,
        protecting.amount_minor,
        protecting.currency,
        protecting.starts_on,
        protecting.ends_on
    from protecting
    left join candidates
        on candidates.registration_key = protecting.registration_key
        and candidates.place = 1

)

select * from final
