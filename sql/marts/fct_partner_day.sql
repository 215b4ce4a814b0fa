-- model: marts.fct_partner_day
-- grain: partner_key, event_on, kind
-- about: Each row is one day on which a partner had commercial events of one kind (R34), how many and when the last of them.
-- as: view
with

final as (

    select partner_key, event_on, kind, events, last_event_at
    from attribution.int_partner_day

)

select * from final
