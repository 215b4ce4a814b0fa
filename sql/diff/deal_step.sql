-- model: difference.deal_step
-- grain: deal_key, step
-- about: Each row is one step from what a deal was booked at before to what it is booked at now: first coming, going or its amount, then its exchange rate.
-- checks: unique(grain); not_null(from_minor, to_minor, reason, detail)
with

deals as (

    select *
    from difference.deal

),

passages as (

    select deal_key, reason, detail
    from difference.deal_passage

),

fx_rules as (

    select detail
    from difference.rule
    where area = 'fx'

),

-- a new amount is taken at the old rate first, so that what is left is the rate's
halfway as (

    select
        deals.*,
        passages.reason as passage_reason,
        passages.detail as passage_detail,
        fx_rules.detail as fx_rule,
        deals.amount_minor_before is distinct from deals.amount_minor_after or deals.currency_before is distinct from deals.currency_after as is_amount_changed,
        case
            when passages.deal_key is not null then deals.booked_minor_after
            when deals.amount_minor_before is not distinct from deals.amount_minor_after and deals.currency_before is not distinct from deals.currency_after
                then deals.booked_minor_before
            when deals.currency_before is distinct from deals.currency_after
                or deals.fx_rate_before is not distinct from deals.fx_rate_after
                or deals.booked_minor_before = 0
                or deals.booked_minor_after = 0
                or deals.amount_minor_before <= 0
                then deals.booked_minor_after
            else convert_minor(deals.booked_minor_before, deals.amount_minor_after, deals.amount_minor_before)
        end as halfway_minor
    from deals
    left join passages on passages.deal_key = deals.deal_key
    left join fx_rules on true

),

final as (

    select
        deal_key,
        1 as step,
        booked_minor_before as from_minor,
        halfway_minor as to_minor,
        coalesce(passage_reason, 'amount_changed') as reason,
        case
            when passage_reason is not null then passage_detail
            when currency_before is distinct from currency_after
                then 'its amount was in ' || coalesce(currency_before, 'no currency') || ' before, is in ' || coalesce(currency_after, 'no currency') || ' now'
            else 'its amount was changed at its source'
        end as detail
    from halfway
    where passage_reason is not null or is_amount_changed

    union all

    select
        deal_key,
        2 as step,
        halfway_minor as from_minor,
        booked_minor_after as to_minor,
        case
            when closed_on_before <> closed_on_after then 'close_date_moved'
            when (fx_rate_before is null or fx_rate_after is null) and fx_rule is not null then 'rule_changed'
            else 'fx_changed'
        end as reason,
        case
            when closed_on_before <> closed_on_after
                then 'closed on ' || say_date(closed_on_before) || ' before, on ' || say_date(closed_on_after) || ' now, at that day''s rate'
            when (fx_rate_before is null or fx_rate_after is null) and fx_rule is not null then fx_rule
            else 'the rate of its close was ' || coalesce(say_decimal(fx_rate_before), 'missing')
                || ' before, is ' || coalesce(say_decimal(fx_rate_after), 'missing') || ' now'
        end as detail
    from halfway
    where halfway_minor <> booked_minor_after

)

select * from final
