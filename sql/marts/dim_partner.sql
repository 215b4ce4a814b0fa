-- model: marts.dim_partner
-- grain: partner_key
-- about: Each row is one partner, joined across sources, with its state on the as-of date (R28 to R35).
-- checks: unique(grain); same_rows(staging.stg_partners); not_null(partner_key, state, is_counted); one_of(state: never_activated, active, cooling, dormant, ended)
with

partners as (

    select
        partner_key, name, type, type_raw, tier, region, manager, status, is_ended, is_prospect, agreed_on, ended_on, domain
    from staging.stg_partners

),

activations as (

    select partner_key, activated_on, activation_event
    from attribution.int_partner_activation

),

setting as (

    select as_of, active_days, dormant_days
    from config.setting

),

last_moments as (

    select partner_key, max(last_event_at) as event_at
    from attribution.int_partner_day
    group by partner_key

),

last_events as (

    select
        days.partner_key,
        days.last_event_at as event_at,
        max(days.event_on) as event_on,
        min(days.kind) as kind
    from attribution.int_partner_day as days
    inner join last_moments
        on last_moments.partner_key = days.partner_key
        and last_moments.event_at = days.last_event_at
    group by days.partner_key, days.last_event_at

),

-- an approved registration that still protects, and whose deal, if it has one, is still open (R31)
protected as (

    select distinct registrations.partner_key
    from attribution.int_registration as registrations
    cross join setting
    left join attribution.int_deal as deals on deals.deal_key = registrations.deal_key
    where registrations.starts_on <= setting.as_of
        and registrations.ends_on >= setting.as_of
        and (deals.deal_key is null or deals.state = 'open')

),

final as (

    select
        partners.partner_key,
        partners.name,
        partners.type,
        partners.tier,
        partners.region,
        partners.manager,
        case
            when partners.is_ended then 'ended'
            when activations.partner_key is null then 'never_activated'
            when last_events.event_on >= add_days(setting.as_of, -setting.active_days) then 'active'
            when protected.partner_key is not null then 'cooling'
            when last_events.event_on >= add_days(setting.as_of, -setting.dormant_days) then 'cooling'
            else 'dormant'
        end as state,
        partners.agreed_on,
        activations.activated_on,
        activations.activation_event,
        last_events.event_at as last_event_at,
        last_events.kind as last_event,
        partners.status,
        partners.is_prospect,
        partners.is_ended,
        partners.ended_on,
        partners.domain,
        partners.type_raw,
        not partners.is_ended and not partners.is_prospect and (partners.agreed_on is null or partners.agreed_on <= setting.as_of) as is_counted
    from partners
    cross join setting
    left join activations on activations.partner_key = partners.partner_key
    left join last_events on last_events.partner_key = partners.partner_key
    left join protected on protected.partner_key = partners.partner_key

)

select * from final
