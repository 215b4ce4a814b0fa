-- model: attribution.int_deal_credit
-- grain: deal_key, partner_key, model
-- ordered: yes
-- about: Each row is one partner's share of one counted deal under one credit model, and its part of a won deal's amount, which adds up to the deal exactly (R26, R54).
-- checks: not_null(deal_key, partner_key, model, weight, total_weight, share, reason); sum(weight) = total_weight by (deal_key, model)
-- checks: one_of(model: sourced_wins, declared_split, first_touch, last_touch, linear, position, time_decay, source_split)
with

weights as (

    select deal_key, partner_key, model, weight, total_weight, reason
    from attribution.int_deal_weight

),

won_deals as (

    select deal_key, amount_reporting_minor
    from marts.fct_deal
    where state = 'won'

),

weighed as (

    select
        weights.deal_key,
        weights.partner_key,
        weights.model,
        weights.weight,
        weights.total_weight,
        weights.reason,
        won_deals.amount_reporting_minor as deal_minor
    from weights
    left join won_deals on won_deals.deal_key = weights.deal_key

),

-- a share is kept as whole parts of 10^12, split like money, so that shares too add up to exactly 1
floored as (

    select
        *,
        floor_share(1000000000000, weight, total_weight) as share_parts,
        share_remainder(1000000000000, weight, total_weight) as share_left,
        floor_share(deal_minor, weight, total_weight) as minor_parts,
        share_remainder(deal_minor, weight, total_weight) as minor_left
    from weighed
    where weight < total_weight

),

-- remainders add up to the units left over times the total weight; the largest remainders get those units (R26).
-- What is left of a share is less than a billionth and goes to the smallest key, whatever the amount
ranked as (

    select
        *,
        row_number() over (partition by deal_key, model order by minor_left desc, weight desc, partner_key) as place,
        sum(minor_left) over (partition by deal_key, model) as minor_remainders,
        sum(share_left) over (partition by deal_key, model) as share_remainders,
        min(partner_key) over (partition by deal_key, model) as first_partner_key
    from floored

),

split as (

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        1000000000000 as share_parts,
        abs(deal_minor) as minor_parts,
        deal_minor,
        reason
    from weighed
    where weight = total_weight

    union all

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        share_parts + case when partner_key = first_partner_key then cast(share_remainders as bigint) // total_weight else 0 end as share_parts,
        minor_parts + case when place * total_weight <= minor_remainders then 1 else 0 end as minor_parts,
        deal_minor,
        reason
    from ranked

),

final as (

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        cast(cast(share_parts as decimal(18, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(18, 12)) as share,
        cast(sign(deal_minor) * minor_parts as bigint) as amount_reporting_minor,
        reason
    from split

)

select * from final
