-- model: attribution.int_deal_credit
-- grain: deal_key, partner_key, model
-- ordered: yes
-- about: Each row is one partner's share of one counted deal under one credit model, and its part of a won deal's amount, which adds up to the deal exactly (R26, R54).
-- checks: not_null(deal_key, partner_key, model, weight, total_weight, share, reason); sum(weight) = total_weight by (deal_key, model)
-- checks: one_of(model: sourced_wins, declared_split, first_touch, last_touch, linear, position, time_decay, source_split)
with

weights as (

    select deal_key, partner_key, model, weight, total_weight, place, partners, reason
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
        won_deals.amount_reporting_minor as deal_minor,
        weights.partners <= 2 or weights.total_weight = weights.partners or weights.weight = weights.total_weight as is_simple
    from weights
    left join won_deals on won_deals.deal_key = weights.deal_key

),

-- a share is kept as whole parts of 10^12, split like money, so that shares too add up to exactly 1.
-- Most deals have one partner, two, or several alike: what each of them gets of the units left over needs no look at the others.
-- What is left of a share is less than a billionth and goes to the smallest key, whatever the amount
simple as (

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        place,
        partners,
        deal_minor,
        reason,
        floor_share(1000000000000, weight, total_weight) as share_parts,
        floor_share(deal_minor, weight, total_weight) as minor_parts,
        case
            when place > 1 then 0
            when total_weight = partners then share_remainder(1000000000000, weight, total_weight)
            else sign(share_remainder(1000000000000, weight, total_weight))
        end as spare_parts,
        has_spare_unit(share_remainder(deal_minor, weight, total_weight), weight, total_weight, partners, place) as has_spare_minor
    from weighed
    where is_simple

),

floored as (

    select
        *,
        floor_share(1000000000000, weight, total_weight) as share_parts,
        share_remainder(1000000000000, weight, total_weight) as share_left,
        floor_share(deal_minor, weight, total_weight) as minor_parts,
        share_remainder(deal_minor, weight, total_weight) as minor_left
    from weighed
    where not is_simple

),

-- remainders add up to the units left over times the total weight; the largest remainders get those units (R26)
ranked as (

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        place,
        partners,
        deal_minor,
        reason,
        share_parts,
        minor_parts,
        case
            when partner_key = min(partner_key) over (partition by deal_key, model)
                then cast(sum(share_left) over (partition by deal_key, model) as bigint) // total_weight
            else 0
        end as spare_parts,
        row_number() over (partition by deal_key, model order by minor_left desc, weight desc, partner_key) * total_weight
            <= sum(minor_left) over (partition by deal_key, model) as has_spare_minor
    from floored

),

split as (

    select * from simple
    union all
    select * from ranked

),

final as (

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        place,
        partners,
        cast(
            cast(share_parts + spare_parts as decimal(18, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(18, 12)
        ) as share,
        cast(sign(deal_minor) * (minor_parts + case when has_spare_minor then 1 else 0 end) as bigint) as amount_reporting_minor,
        reason
    from split

)

select * from final
