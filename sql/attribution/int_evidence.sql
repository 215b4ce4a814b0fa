-- model: attribution.int_evidence
-- grain: touch_table, touch_key
-- about: Each row is one thing a partner did that may be a touch of a deal, whatever table it came in, with the days on which it stands (R36, R37, R38).
-- as: view
-- checks: unique(grain); not_null(touch_table, touch_key, partner_key)
with

setting as (

    select timezone, qualifying_all
    from config.setting

),

qualifying_kinds as (

    select kind
    from config.qualifying_kind

),

touches as (

    select
        'touches' as touch_table,
        touches.touch_key,
        touches.partner_key,
        touches.deal_key,
        touches.account_key,
        touches.kind,
        touches.occurred_at,
        touches.occurred_on,
        touches.recorded_at,
        coalesce(local_date(touches.recorded_at, setting.timezone), touches.occurred_on) as recorded_on,
        touches.removed_at,
        cast(null as date) as stands_from_on,
        local_date(touches.removed_at, setting.timezone) as stands_until_on,
        case
            when setting.qualifying_all and touches.kind in ('login', 'content_view', 'download') then 'kind'
            when not setting.qualifying_all and qualifying_kinds.kind is null then 'kind'
        end as objection
    from staging.stg_touches as touches
    cross join setting
    left join qualifying_kinds on qualifying_kinds.kind = touches.kind

),

roles as (

    select
        'deal_partners' as touch_table,
        deal_partners.deal_partner_key as touch_key,
        deal_partners.partner_key,
        deal_partners.deal_key,
        cast(null as varchar) as account_key,
        coalesce(deal_partners.role, 'influenced') as kind,
        deal_partners.recorded_at as occurred_at,
        local_date(deal_partners.recorded_at, setting.timezone) as occurred_on,
        deal_partners.recorded_at,
        local_date(deal_partners.recorded_at, setting.timezone) as recorded_on,
        deal_partners.removed_at,
        cast(null as date) as stands_from_on,
        local_date(deal_partners.removed_at, setting.timezone) as stands_until_on,
        case when deal_partners.recorded_at is null then 'no_date' end as objection
    from staging.stg_deal_partners as deal_partners
    cross join setting

),

declarations as (

    select
        'deals' as touch_table,
        deals.deal_key as touch_key,
        deals.partner_key,
        deals.deal_key,
        cast(null as varchar) as account_key,
        coalesce(deals.partner_role, 'sourced') as kind,
        deals.partner_declared_at as occurred_at,
        local_date(deals.partner_declared_at, setting.timezone) as occurred_on,
        deals.partner_declared_at as recorded_at,
        local_date(deals.partner_declared_at, setting.timezone) as recorded_on,
        cast(null as timestamptz) as removed_at,
        cast(null as date) as stands_from_on,
        cast(null as date) as stands_until_on,
        case when deals.partner_declared_at is null then 'no_date' end as objection
    from staging.stg_deals as deals
    cross join setting
    where deals.partner_key is not null

),

leads as (

    select
        'leads' as touch_table,
        leads.lead_key as touch_key,
        leads.partner_key,
        leads.deal_key,
        leads.account_key,
        'lead' as kind,
        leads.received_at as occurred_at,
        leads.received_on as occurred_on,
        cast(null as timestamptz) as recorded_at,
        leads.received_on as recorded_on,
        case when leads.rejected_at > leads.accepted_at then leads.rejected_at end as removed_at,
        local_date(leads.accepted_at, setting.timezone) as stands_from_on,
        case when leads.rejected_at > leads.accepted_at then local_date(leads.rejected_at, setting.timezone) end as stands_until_on,
        case when leads.accepted_at is null then 'not_accepted' end as objection
    from staging.stg_leads as leads
    cross join setting

),

registrations as (

    select
        'registrations' as touch_table,
        registration_key as touch_key,
        partner_key,
        named_deal_key as deal_key,
        account_key,
        'registration' as kind,
        submitted_at as occurred_at,
        submitted_on as occurred_on,
        cast(null as timestamptz) as recorded_at,
        submitted_on as recorded_on,
        cast(null as timestamptz) as removed_at,
        decided_on as stands_from_on,
        cast(null as date) as stands_until_on,
        case when status <> 'approved' then 'not_approved' end as objection
    from attribution.int_registration

),

final as (

    select * from touches
    union all
    select * from roles
    union all
    select * from declarations
    union all
    select * from leads
    union all
    select * from registrations

)

select * from final
