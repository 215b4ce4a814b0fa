-- model: attribution.int_partner_event
-- grain: partner_key, event_at, kind, reference
-- about: Each row is one commercial event of a partner (R34): a lead, a registration, a touch, or a movement of a deal it sources or influences.
-- as: view
-- Whoever looks at all partners reads attribution.int_partner_day; single events are worked out when they are asked for.
with

setting as (

    select timezone
    from config.setting

),

leads as (

    select
        partner_key,
        received_at as event_at,
        received_on as event_on,
        'lead' as kind,
        deal_key,
        lead_key as reference
    from staging.stg_leads

),

registrations as (

    select
        partner_key,
        submitted_at as event_at,
        submitted_on as event_on,
        'registration' as kind,
        deal_key,
        registration_key as reference
    from staging.stg_registrations

),

evidence as (

    select touch_table, touch_key, partner_key, deal_key, occurred_at, occurred_on, removed_at, objection
    from attribution.int_evidence
    where touch_table in ('touches', 'deal_partners', 'deals') and objection is null

),

frozen as (

    select distinct touch_table, touch_key
    from attribution.int_verdict
    where verdict = 'counts' and (touch_table in ('deal_partners', 'deals') or (touch_table = 'touches' and removed_at is not null))

),

-- a touch counts with or without a deal unless it was removed; once a deal has frozen it, removal no longer matters (R33, R34)
touch_events as (

    select touch_table, touch_key, partner_key, deal_key, occurred_at, occurred_on
    from evidence
    where touch_table = 'touches' and removed_at is null

    union all

    select
        evidence.touch_table,
        evidence.touch_key,
        evidence.partner_key,
        evidence.deal_key,
        evidence.occurred_at,
        evidence.occurred_on
    from evidence
    inner join frozen
        on frozen.touch_table = evidence.touch_table
        and frozen.touch_key = evidence.touch_key

),

touches as (

    select
        partner_key,
        occurred_at as event_at,
        occurred_on as event_on,
        'touch' as kind,
        deal_key,
        touch_key as reference
    from touch_events

),

deals as (

    select
        deal_partners.partner_key,
        deals.deal_key,
        deals.created_at,
        deals.created_on,
        deals.state,
        deals.closed_on
    from attribution.int_deal_partner as deal_partners
    inner join attribution.int_deal as deals on deals.deal_no = deal_partners.deal_no

),

created as (

    select
        partner_key,
        created_at as event_at,
        created_on as event_on,
        'deal_created' as kind,
        deal_key,
        deal_key as reference
    from deals

),

moved as (

    select
        deals.partner_key,
        deal_stages.entered_at as event_at,
        deal_stages.entered_on as event_on,
        'deal_stage' as kind,
        deals.deal_key,
        deals.deal_key as reference
    from deals
    inner join staging.stg_deal_stages as deal_stages on deal_stages.deal_key = deals.deal_key

),

won as (

    select
        deals.partner_key,
        start_of_day(deals.closed_on, setting.timezone) as event_at,
        deals.closed_on as event_on,
        'deal_won' as kind,
        deals.deal_key,
        deals.deal_key as reference
    from deals
    cross join setting
    where deals.state = 'won' and deals.closed_on is not null

),

final as (

    select * from leads
    union all
    select * from registrations
    union all
    select * from touches
    union all
    select * from created
    union all
    select * from moved
    union all
    select * from won

)

select * from final
