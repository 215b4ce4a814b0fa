-- model: attribution.int_partner_day
-- grain: partner_key, event_on, kind
-- ordered: yes
-- about: Each row is one day on which a partner had commercial events of one kind (R34), with the last of them.
-- checks: unique(grain); not_null(partner_key, event_on, kind, last_event_at); one_of(kind: lead, registration, touch, deal_created, deal_stage, deal_won)
with

final as (

    select partner_key, event_on, kind, max(event_at) as last_event_at, count(*) as events
    from attribution.int_partner_event
    group by partner_key, event_on, kind

)

select * from final
