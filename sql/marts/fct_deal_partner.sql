-- model: marts.fct_deal_partner
-- grain: deal_key, partner_key
-- about: Each row is one partner that brought or helped one counted deal (R48).
-- as: view
with

final as (

    select
        deal_key,
        partner_key,
        is_source,
        not is_source as is_influence,
        touches,
        first_touch_at,
        last_touch_at
    from attribution.int_deal_partner

)

select * from final
