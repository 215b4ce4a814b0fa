-- model: difference.cash_step
-- grain: cash_key, step
-- about: Each row is one step from what a payment, refund or dispute collected before to what it collects now: first coming, going or its amount, then its exchange rate.
-- checks: unique(grain); not_null(from_minor, to_minor, reason, detail)
with

cash as (

    select *
    from difference.cash

),

passages as (

    select cash_key, reason, detail
    from difference.cash_passage

),

fx_rules as (

    select detail
    from difference.rule
    where area = 'fx'

),

-- a new amount is taken at the old rate first, so that what is left is the rate's
halfway as (

    select
        cash.*,
        passages.reason as passage_reason,
        passages.detail as passage_detail,
        fx_rules.detail as fx_rule,
        cash.own_minor_before is distinct from cash.own_minor_after or cash.currency_before is distinct from cash.currency_after as is_amount_changed,
        case
            when passages.cash_key is not null then cash.collected_minor_after
            when cash.own_minor_before = cash.own_minor_after and cash.currency_before = cash.currency_after then cash.collected_minor_before
            when cash.currency_before <> cash.currency_after
                or cash.fx_rate_before is not distinct from cash.fx_rate_after
                or cash.collected_minor_before = 0
                or cash.collected_minor_after = 0
                or cash.own_minor_before = 0
                then cash.collected_minor_after
            else convert_minor(cash.collected_minor_before, cash.own_minor_after * sign(cash.own_minor_before), abs(cash.own_minor_before))
        end as halfway_minor
    from cash
    left join passages on passages.cash_key = cash.cash_key
    left join fx_rules on true

),

final as (

    select
        cash_key,
        1 as step,
        collected_minor_before as from_minor,
        halfway_minor as to_minor,
        coalesce(passage_reason, 'amount_changed') as reason,
        coalesce(passage_detail, 'the amount of the ' || kind || ', or the tax of its invoice, was changed at its source') as detail
    from halfway
    where passage_reason is not null or is_amount_changed

    union all

    select
        cash_key,
        2 as step,
        halfway_minor as from_minor,
        collected_minor_after as to_minor,
        case
            when occurred_on_before <> occurred_on_after then 'cash_date_moved'
            when (fx_rate_before is null or fx_rate_after is null) and fx_rule is not null then 'rule_changed'
            else 'fx_changed'
        end as reason,
        case
            when occurred_on_before <> occurred_on_after
                then 'dated ' || say_date(occurred_on_before) || ' before, ' || say_date(occurred_on_after) || ' now, at that day''s rate'
            when (fx_rate_before is null or fx_rate_after is null) and fx_rule is not null then fx_rule
            else 'the rate of its day was ' || coalesce(say_decimal(fx_rate_before), 'missing')
                || ' before, is ' || coalesce(say_decimal(fx_rate_after), 'missing') || ' now'
        end as detail
    from halfway
    where halfway_minor <> collected_minor_after

)

select * from final
