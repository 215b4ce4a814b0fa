-- model: marts.fct_touch
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of one counted deal and why it counts or does not.
-- as: view
with

final as (

    select
        deal_key,
        touch_key,
        touch_table,
        partner_key,
        kind,
        occurred_at,
        recorded_at,
        removed_at,
        verdict = 'counts' and not is_set_aside as counts,
        reason
    from attribution.int_touch

)

select * from final
