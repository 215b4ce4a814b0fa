-- model: marts.fct_deal_credit
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's share of one counted deal under one credit model, and its part of a won deal's amount, which adds up to the deal exactly (R26, R54).
-- checks: unique(grain); same_rows(attribution.int_deal_weight); not_null(share, reason)
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
        weights.*,
        won_deals.amount_reporting_minor as deal_minor
    from weights
    left join won_deals on won_deals.deal_key = weights.deal_key

),

-- a share is kept as whole parts of 10^12, split like money, so that shares too add up to exactly 1
floored as (

    select
        *,
        floor_share(1000000000000, weight, total_weight) as floor_parts,
        share_remainder(1000000000000, weight, total_weight) as parts_remainder,
        floor_share(deal_minor, weight, total_weight) as floor_minor,
        share_remainder(deal_minor, weight, total_weight) as minor_remainder
    from weighed
    where weight < total_weight

),

ranked as (

    select
        *,
        row_number() over (
            partition by deal_key, model
            order by parts_remainder desc, weight desc, partner_key
        ) as parts_place,
        1000000000000 - sum(floor_parts) over (partition by deal_key, model) as parts_left,
        row_number() over (
            partition by deal_key, model
            order by minor_remainder desc, weight desc, partner_key
        ) as minor_place,
        abs(deal_minor) - sum(floor_minor) over (partition by deal_key, model) as minor_left
    from floored

),

final as (

    select
        deal_key,
        partner_key,
        model,
        cast(1 as decimal(18, 12)) as share,
        deal_minor as amount_reporting_minor,
        reason
    from weighed
    where weight = total_weight

    union all

    select
        deal_key,
        partner_key,
        model,
        cast(
            cast(floor_parts + case when parts_place <= parts_left then 1 else 0 end as decimal(18, 0)) * cast(0.000000000001 as decimal(18, 12))
            as decimal(18, 12)
        ) as share,
        cast(sign(deal_minor) * (floor_minor + case when minor_place <= minor_left then 1 else 0 end) as bigint) as amount_reporting_minor,
        reason
    from ranked

)

select * from final
