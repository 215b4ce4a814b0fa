-- model: attribution.int_commission_plan
-- grain: deal_key
-- about: Each row is one won deal with the commission plan that applies to its source: the first one that matches partner type, tier, order type and close date (R64, R65, R66).
-- checks: unique(grain); not_null(deal_key, partner_key, plan, hold_days); found(deal_key in attribution.int_deal.deal_key)
with

deals as (

    select
        deals.deal_key,
        deals.order_type,
        deals.closed_on,
        sources.source_partner_key as partner_key,
        partners.type as partner_type,
        partners.tier
    from attribution.int_deal as deals
    inner join attribution.int_deal_source as sources on sources.deal_key = deals.deal_key
    inner join staging.stg_partners as partners on partners.partner_key = sources.source_partner_key
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
        max(case when field = 'partner_type' then 1 else 0 end) as asks_type,
        max(case when field = 'tier' then 1 else 0 end) as asks_tier,
        max(case when field = 'order_type' then 1 else 0 end) as asks_order
    from asked
    group by position

),

matching as (

    select
        deals.deal_key,
        deals.partner_key,
        deals.closed_on,
        deals.tier,
        plans.position,
        plans.name,
        plans.rate,
        plans.fixed_minor,
        plans.months,
        plans.hold_days,
        row_number() over (partition by deals.deal_key order by plans.position) as place
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
    where (plans.from_on is null or plans.from_on <= deals.closed_on)
        and (plans.to_on is null or plans.to_on >= deals.closed_on)
        and (coalesce(asked_fields.asks_type, 0) = 0 or types.value is not null)
        and (coalesce(asked_fields.asks_tier, 0) = 0 or tiers.value is not null)
        and (coalesce(asked_fields.asks_order, 0) = 0 or orders.value is not null)

),

-- a plan without a rate for the partner's tier falls back to its plain rate, else it pays nothing (R64)
final as (

    select
        matching.deal_key,
        matching.partner_key,
        matching.name as plan,
        case when matching.fixed_minor is null then coalesce(tier_rates.rate, matching.rate) end as rate,
        matching.fixed_minor,
        add_months(matching.closed_on, matching.months) as paid_until_on,
        matching.hold_days
    from matching
    left join config.commission_plan_tier as tier_rates
        on tier_rates.position = matching.position
        and lower(trim(tier_rates.tier)) = lower(trim(matching.tier))
    where matching.place = 1

)

select * from final
