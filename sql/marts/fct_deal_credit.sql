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
        floor_share(1000000000000, weight, total_weight) as share_parts,
        share_remainder(1000000000000, weight, total_weight) as share_left,
        floor_share(deal_minor, weight, total_weight) as minor_parts,
        share_remainder(deal_minor, weight, total_weight) as minor_left
    from weighed
    where weight < total_weight

),

-- remainders add up to the units left over times the total weight; a part without a remainder can never get one of them (R26)
share_units as (

    select
        deal_key,
        partner_key,
        model,
        row_number() over (partition by deal_key, model order by share_left desc, weight desc, partner_key) as place,
        sum(share_left) over (partition by deal_key, model) as remainders,
        total_weight
    from floored
    where share_left > 0

),

minor_units as (

    select
        deal_key,
        partner_key,
        model,
        row_number() over (partition by deal_key, model order by minor_left desc, weight desc, partner_key) as place,
        sum(minor_left) over (partition by deal_key, model) as remainders,
        total_weight
    from floored
    where minor_left > 0

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
        floored.deal_key,
        floored.partner_key,
        floored.model,
        cast(
            cast(floored.share_parts + case when share_units.deal_key is null then 0 else 1 end as decimal(18, 0)) * cast(0.000000000001 as decimal(18, 12))
            as decimal(18, 12)
        ) as share,
        cast(
            sign(floored.deal_minor) * (floored.minor_parts + case when minor_units.deal_key is null then 0 else 1 end) as bigint
        ) as amount_reporting_minor,
        floored.reason
    from floored
    left join share_units
        on share_units.deal_key = floored.deal_key
        and share_units.partner_key = floored.partner_key
        and share_units.model = floored.model
        and share_units.place * share_units.total_weight <= share_units.remainders
    left join minor_units
        on minor_units.deal_key = floored.deal_key
        and minor_units.partner_key = floored.partner_key
        and minor_units.model = floored.model
        and minor_units.place * minor_units.total_weight <= minor_units.remainders

)

select * from final
