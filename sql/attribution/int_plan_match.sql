-- model: attribution.int_plan_match
-- grain: deal_key, position
-- about: Each row is one commission plan held against one won deal with a source: whether it matches, and by or against which conditions (R64, R66). The tier is that of the close date where a source keeps a history of tiers, else the present one (R65).
-- as: view
with

tiers as (

    select partner_key, entered_on, tier
    from staging.partner_tier

),

deals as (

    select
        deals.deal_key,
        deals.order_type,
        deals.closed_on,
        sources.source_partner_key as partner_key,
        partners.type as partner_type,
        case when tiers.partner_key is null then partners.tier else tiers.tier end as tier,
        case when tiers.partner_key is null then ' is ' else ' then was ' end as verb,
        partners.name as partner_name
    from attribution.int_deal as deals
    inner join attribution.int_deal_source as sources on sources.deal_key = deals.deal_key
    inner join staging.stg_partners as partners on partners.partner_key = sources.source_partner_key
    asof left join tiers
        on tiers.partner_key = sources.source_partner_key
        and tiers.entered_on <= deals.closed_on
    where deals.state = 'won' and deals.closed_on is not null

),

plans as (

    select position, name, from_on, to_on, rate, fixed_minor, months, hold_days
    from config.commission_plan

),

asked as (

    select position, field, value
    from config.commission_plan_match

),

asked_fields as (

    select
        position,
        string_agg(case when field = 'partner_type' then replace(lower(value), 'co_sell', 'co-sell') end, ' or ' order by value) as types,
        string_agg(case when field = 'tier' then value end, ' or ' order by value) as tiers,
        string_agg(case when field = 'order_type' then lower(value) end, ' or ' order by value) as orders
    from asked
    group by position

),

held as (

    select
        deals.deal_key,
        deals.partner_key,
        deals.closed_on,
        replace(deals.partner_type, 'co_sell', 'co-sell') as partner_type,
        deals.tier,
        deals.verb,
        deals.partner_name,
        deals.order_type,
        plans.position,
        plans.name,
        plans.from_on,
        plans.to_on,
        plans.rate,
        plans.fixed_minor,
        plans.months,
        plans.hold_days,
        asked_fields.types,
        asked_fields.tiers,
        asked_fields.orders,
        asked_fields.types is null or types.value is not null as is_type,
        asked_fields.tiers is null or tiers.value is not null as is_tier,
        asked_fields.orders is null or orders.value is not null as is_order,
        coalesce(plans.from_on <= deals.closed_on, true) as is_begun,
        coalesce(plans.to_on >= deals.closed_on, true) as is_running
    from deals
    cross join plans
    left join asked_fields on asked_fields.position = plans.position
    left join asked as types
        on types.position = plans.position
        and types.field = 'partner_type'
        and lower(types.value) = deals.partner_type
    left join asked as tiers
        on tiers.position = plans.position
        and tiers.field = 'tier'
        and lower(trim(tiers.value)) = lower(trim(deals.tier))
    left join asked as orders
        on orders.position = plans.position
        and orders.field = 'order_type'
        and lower(orders.value) = deals.order_type

),

final as (

    select
        deal_key,
        position,
        name as plan,
        partner_key,
        closed_on,
        tier,
        rate,
        fixed_minor,
        months,
        hold_days,
        is_type and is_tier and is_order and is_begun and is_running as is_match,
        nullif(
            concat_ws(
                '; ',
                case when not is_type then 'it is for partners of type ' || types || ', and ' || partner_name || ' is of type ' || partner_type end,
                case when not is_tier then 'it is for the tier ' || tiers || ', and ' || partner_name || verb || coalesce(tier, 'in no tier') end,
                case when not is_order then 'it is for deals of type ' || orders || ', and this one is ' || order_type end,
                case when not is_begun then 'it begins with deals closed on ' || say_date(from_on) || ', and this one closed on ' || say_date(closed_on) end,
                case when not is_running then 'it ended with deals closed on ' || say_date(to_on) || ', and this one closed on ' || say_date(closed_on) end
            ),
            ''
        ) as mismatch,
        coalesce(
            nullif(
                concat_ws(
                    '; ',
                    case when is_type then 'it is for partners of type ' || types || ', and ' || partner_name || ' is of type ' || partner_type end,
                    case when is_tier then 'it is for the tier ' || tiers || ', and ' || partner_name || verb || tier end,
                    case when is_order then 'it is for deals of type ' || orders || ', and this one is ' || order_type end,
                    case when is_begun then 'it begins with deals closed on ' || say_date(from_on) || ', and this one closed on ' || say_date(closed_on) end,
                    case when is_running then 'it is for deals closed until ' || say_date(to_on) || ', and this one closed on ' || say_date(closed_on) end
                ),
                ''
            ),
            'it has no conditions'
        ) as fit
    from held

)

select * from final
