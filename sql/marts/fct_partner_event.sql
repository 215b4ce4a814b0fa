-- model: marts.fct_partner_event
-- grain: partner_key, event_at, kind, reference
-- about: Each row is one commercial event of a partner (R34), for its state, its last event and its engagement.
-- as: view
with

final as (

    select partner_key, event_at, event_on, kind, deal_key, reference
    from attribution.int_partner_event

)

select * from final
order by partner_key, event_at, kind, reference
