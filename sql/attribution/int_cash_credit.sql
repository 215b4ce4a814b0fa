-- model: attribution.int_cash_credit
-- grain: cash_key, partner_key, model
-- about: Each row is one partner's part of one payment, refund or dispute under one credit model; parts add up to the cash exactly (R62, R63).
-- as: view
-- This is by far the widest product of all, and nobody reads it whole but metrics.credited_cash: it is worked out when it is asked for.
with

cash as (

    select cash_key, deal_key, occurred_on, collected_reporting_minor
    from attribution.int_cash
    where deal_key is not null and collected_reporting_minor is not null

),

weights as (

    select deal_key, partner_key, model, weight, total_weight
    from attribution.int_deal_credit

),

weighed as (

    select
        cash.cash_key,
        cash.occurred_on,
        cash.collected_reporting_minor as cash_minor,
        weights.partner_key,
        weights.model,
        weights.weight,
        weights.total_weight
    from cash
    inner join weights on weights.deal_key = cash.deal_key

),

floored as (

    select
        *,
        floor_share(cash_minor, weight, total_weight) as minor_parts,
        share_remainder(cash_minor, weight, total_weight) as minor_left
    from weighed
    where weight < total_weight

),

-- remainders add up to the units left over times the total weight; the largest remainders get those units (R26)
ranked as (

    select
        *,
        row_number() over (partition by cash_key, model order by minor_left desc, weight desc, partner_key) as place,
        sum(minor_left) over (partition by cash_key, model) as remainders
    from floored

),

final as (

    select cash_key, partner_key, model, occurred_on, cash_minor as collected_reporting_minor
    from weighed
    where weight = total_weight

    union all

    select
        cash_key,
        partner_key,
        model,
        occurred_on,
        cast(sign(cash_minor) * (minor_parts + case when place * total_weight <= remainders then 1 else 0 end) as bigint) as collected_reporting_minor
    from ranked

)

select * from final
