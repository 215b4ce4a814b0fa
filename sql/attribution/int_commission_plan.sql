-- model: attribution.int_commission_plan
-- grain: deal_key
-- about: Each row is one won deal with the commission plan that applies to its source: the first one that matches partner type, tier, order type and close date (R64, R65, R66).
-- checks: unique(grain); not_null(deal_key, partner_key, position, plan, hold_days); found(deal_key in attribution.int_deal.deal_key)
with

matching as (

    select
        deal_key,
        partner_key,
        closed_on,
        tier,
        position,
        plan,
        rate,
        fixed_minor,
        months,
        hold_days,
        row_number() over (partition by deal_key order by position) as place
    from attribution.int_plan_match
    where is_match

),

-- a plan without a rate for the partner's tier falls back to its plain rate, else it pays nothing (R64)
final as (

    select
        matching.deal_key,
        matching.partner_key,
        matching.position,
        matching.plan,
        case when matching.fixed_minor is null then coalesce(tier_rates.rate, matching.rate) end as rate,
        matching.fixed_minor,
        tier_rates.tier is not null and matching.fixed_minor is null as is_rate_of_tier,
        matching.tier,
        add_months(matching.closed_on, matching.months) as paid_until_on,
        matching.hold_days
    from matching
    left join config.commission_plan_tier as tier_rates
        on tier_rates.position = matching.position
        and lower(trim(tier_rates.tier)) = lower(trim(matching.tier))
    where matching.place = 1

)

select * from final
