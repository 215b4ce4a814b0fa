-- model: attribution.int_cash_credit
-- grain: cash_key, partner_key, model
-- about: Each row is one partner's part of one payment, refund or dispute under one credit model; parts add up to the cash exactly (R62, R63).
-- as: view
-- This is by far the widest product of all, and nobody reads it whole: it is worked out when it is asked for.
with

cash as (

    select cash_key, deal_key, occurred_on, collected_reporting_minor
    from attribution.int_cash
    where deal_key is not null and collected_reporting_minor is not null

),

weights as (

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        place,
        partners,
        partners <= 2 or total_weight = partners or weight = total_weight as is_simple
    from attribution.int_deal_credit

),

-- most deals have one partner, two, or several alike: what each of them gets of the units left over needs no look at the others
simple as (

    select
        cash.cash_key,
        cash.deal_key,
        cash.occurred_on,
        cash.collected_reporting_minor as cash_minor,
        weights.partner_key,
        weights.model,
        false as is_ranked,
        sole_part(cash.collected_reporting_minor, weights.weight, weights.total_weight, weights.partners, weights.place) as minor_parts
    from cash
    inner join weights
        on weights.deal_key = cash.deal_key
        and weights.is_simple

),

floored as (

    select
        cash.cash_key,
        cash.deal_key,
        cash.occurred_on,
        cash.collected_reporting_minor as cash_minor,
        weights.partner_key,
        weights.model,
        weights.place,
        weights.weight,
        weights.total_weight,
        floor_share(cash.collected_reporting_minor, weights.weight, weights.total_weight) as minor_parts,
        share_remainder(cash.collected_reporting_minor, weights.weight, weights.total_weight) as minor_left
    from cash
    inner join weights
        on weights.deal_key = cash.deal_key
        and not weights.is_simple

),

-- remainders add up to the units left over times the total weight; the largest remainders get those units (R26)
ranked as (

    select
        cash_key,
        deal_key,
        occurred_on,
        cash_minor,
        partner_key,
        model,
        true as is_ranked,
        minor_parts
        + case
            when row_number() over (partition by cash_key, model order by minor_left desc, weight desc, place) * total_weight
                <= sum(minor_left) over (partition by cash_key, model) then 1
            else 0
        end as minor_parts
    from floored

),

split as (

    select * from simple
    union all
    select * from ranked

),

final as (

    select
        cash_key,
        deal_key,
        partner_key,
        model,
        occurred_on,
        cast(sign(cash_minor) * minor_parts as bigint) as collected_reporting_minor,
        is_ranked
    from split

)

select * from final
