-- model: metrics.credited_cash
-- grain: model, partner_key, stretch_on
-- keep: no
-- about: Each row is what the payments, refunds and disputes of one stretch of days bring one partner under one credit model: what attribution.int_cash_credit lists, added up.
-- checks: not_null(model, partner_key, stretch_on, collected_minor)
-- Most of it is what each partner gets without a look at the others, under all models at once; the rest is taken from the list.
with

cash as (

    select cash.deal_key, days.stretch_on, cash.collected_reporting_minor as cash_minor
    from attribution.int_cash as cash
    inner join metrics.day as days on days.day = cash.occurred_on
    where cash.deal_key is not null and cash.collected_reporting_minor is not null

),

split as (

    select
        parts.partner_key,
        cash.stretch_on,
        parts.sourced_weight * cash.cash_minor as sourced_minor,
        sign(cash.cash_minor) * sole_part(
            cash.cash_minor, parts.declared_weight, parts.declared_total, parts.declared_partners, parts.declared_place
        ) as declared_minor,
        parts.first_weight * cash.cash_minor as first_minor,
        parts.last_weight * cash.cash_minor as last_minor,
        sign(cash.cash_minor) * sole_part(
            cash.cash_minor, parts.linear_weight, parts.partners, parts.partners, parts.place
        ) as linear_minor,
        sign(cash.cash_minor) * sole_part(
            cash.cash_minor, parts.position_weight, parts.position_total, parts.partners, parts.place
        ) as position_minor,
        sign(cash.cash_minor) * sole_part(
            cash.cash_minor, parts.decay_weight, parts.decay_total, parts.partners, parts.place
        ) as decay_minor,
        sign(cash.cash_minor) * sole_part(
            cash.cash_minor, parts.split_weight, parts.split_total, parts.partners, parts.place
        ) as split_minor
    from cash
    inner join attribution.int_deal_part as parts on parts.deal_key = cash.deal_key

),

added as (

    select
        partner_key,
        stretch_on,
        sum(sourced_minor) as sourced_minor,
        count(sourced_minor) as sourced_parts,
        sum(declared_minor) as declared_minor,
        count(declared_minor) as declared_parts,
        sum(first_minor) as first_minor,
        count(first_minor) as first_parts,
        sum(last_minor) as last_minor,
        count(last_minor) as last_parts,
        sum(linear_minor) as linear_minor,
        count(linear_minor) as linear_parts,
        sum(position_minor) as position_minor,
        count(position_minor) as position_parts,
        sum(decay_minor) as decay_minor,
        count(decay_minor) as decay_parts,
        sum(split_minor) as split_minor,
        count(split_minor) as split_parts
    from split
    group by partner_key, stretch_on

),

alone as (

    select model, partner_key, stretch_on, collected_minor, parts
    from added unpivot include nulls (
        (collected_minor, parts) for model in (
            (sourced_minor, sourced_parts) as 'sourced_wins',
            (declared_minor, declared_parts) as 'declared_split',
            (first_minor, first_parts) as 'first_touch',
            (last_minor, last_parts) as 'last_touch',
            (linear_minor, linear_parts) as 'linear',
            (position_minor, position_parts) as 'position',
            (decay_minor, decay_parts) as 'time_decay',
            (split_minor, split_parts) as 'source_split'
        )
    )
    where parts > 0

),

gathered as (

    select model, partner_key, stretch_on, collected_minor, parts
    from alone

    union all

    select credits.model, credits.partner_key, days.stretch_on, credits.collected_reporting_minor as collected_minor, 1 as parts
    from attribution.int_cash_credit as credits
    inner join metrics.day as days on days.day = credits.occurred_on
    where credits.is_ranked

),

final as (

    select model, partner_key, stretch_on, sum(collected_minor) as collected_minor, cast(sum(parts) as bigint) as parts
    from gathered
    group by model, partner_key, stretch_on

)

select * from final
