-- model: attribution.int_partner_activation
-- grain: partner_key
-- about: Each row is one partner that was ever activated, with the first of its type's own actions (R32, R94).
-- checks: unique(grain); not_null(activated_at, activated_on, activation_event)
with

setting as (

    select timezone, qualifying_all
    from config.setting

),

partners as (

    select partner_key, type
    from staging.stg_partners

),

wanted as (

    select partners.partner_key, activation_event.event
    from partners
    inner join config.activation_event on activation_event.type = partners.type

),

leads as (

    select partner_key, 'accepted_lead' as event, min(accepted_at) as happened_at
    from staging.stg_leads
    where accepted_at is not null and (rejected_at is null or rejected_at <= accepted_at)
    group by partner_key

),

registrations as (

    select partner_key, 'registration' as event, min(submitted_at) as happened_at
    from staging.stg_registrations
    group by partner_key

),

touches as (

    select partner_key, 'touch' as event, min(occurred_at) as happened_at
    from attribution.int_evidence
    where touch_table = 'touches' and deal_key is not null and removed_at is null and objection is null
    group by partner_key

),

certifications as (

    select partner_key, 'certification' as event, min(earned_on) as happened_on
    from staging.stg_certifications
    group by partner_key

),

identified_overlaps as (

    select partner_key, 'overlap' as event, min(identified_on) as happened_on
    from staging.stg_overlaps
    group by partner_key

),

wins as (

    select sources.source_partner_key as partner_key, 'won' as event, min(deals.closed_on) as happened_on
    from attribution.int_deal_source as sources
    inner join attribution.int_deal as deals on deals.deal_key = sources.deal_key
    where sources.source_partner_key is not null and deals.state = 'won' and deals.closed_on is not null
    group by sources.source_partner_key

),

dated as (

    select * from certifications
    union all
    select * from identified_overlaps
    union all
    select * from wins

),

-- a date ranks as the start of that day in the reporting zone (R32)
happened as (

    select * from leads
    union all
    select * from registrations
    union all
    select * from touches
    union all
    select dated.partner_key, dated.event, start_of_day(dated.happened_on, setting.timezone) as happened_at
    from dated
    cross join setting

),

ranked as (

    select
        happened.partner_key,
        happened.event,
        happened.happened_at,
        row_number() over (partition by happened.partner_key order by happened.happened_at, happened.event) as place
    from happened
    inner join wanted
        on wanted.partner_key = happened.partner_key
        and wanted.event = happened.event

),

final as (

    select
        ranked.partner_key,
        ranked.happened_at as activated_at,
        local_date(ranked.happened_at, setting.timezone) as activated_on,
        ranked.event as activation_event
    from ranked
    cross join setting
    where ranked.place = 1

)

select * from final
