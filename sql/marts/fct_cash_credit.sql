-- model: marts.fct_cash_credit
-- grain: cash_key, partner_key, model
-- about: Each row is one partner's part of one payment, refund or dispute under one credit model; parts add up to the cash exactly (R62, R63).
-- checks: not_null(cash_key, partner_key, model, collected_reporting_minor)
with

cash as (

    select cash_key, deal_key, occurred_on, collected_reporting_minor
    from marts.fct_cash
    where deal_key is not null and collected_reporting_minor is not null

),

weights as (

    select deal_key, partner_key, model, weight, total_weight
    from attribution.int_deal_weight

),

whole as (

    select
        cash.cash_key,
        weights.partner_key,
        weights.model,
        cash.occurred_on,
        cash.collected_reporting_minor
    from cash
    inner join weights on weights.deal_key = cash.deal_key
    where weights.weight = weights.total_weight

),

floored as (

    select
        cash.cash_key,
        weights.partner_key,
        weights.model,
        weights.weight,
        cash.occurred_on,
        cash.collected_reporting_minor as cash_minor,
        floor_share(cash.collected_reporting_minor, weights.weight, weights.total_weight) as floor_minor,
        share_remainder(cash.collected_reporting_minor, weights.weight, weights.total_weight) as minor_remainder
    from cash
    inner join weights on weights.deal_key = cash.deal_key
    where weights.weight < weights.total_weight

),

ranked as (

    select
        *,
        row_number() over (
            partition by cash_key, model
            order by minor_remainder desc, weight desc, partner_key
        ) as place,
        abs(cash_minor) - sum(floor_minor) over (partition by cash_key, model) as units_left
    from floored

),

final as (

    select cash_key, partner_key, model, occurred_on, collected_reporting_minor
    from whole

    union all

    select
        cash_key,
        partner_key,
        model,
        occurred_on,
        cast(sign(cash_minor) * (floor_minor + case when place <= units_left then 1 else 0 end) as bigint) as collected_reporting_minor
    from ranked

)

select * from final
