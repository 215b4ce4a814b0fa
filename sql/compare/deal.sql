-- model: comparison.deal
-- grain: deal_key
-- about: Each row is one deal that two sets of rules see differently: its class, source, amount, shares, cash or commission; `moved_minor` is the most that moves on it, for the order.
-- checks: unique(grain); not_null(deal_key, moved_minor)
with

deals_before as (

    select deal_key, name, account_name, state, closed_on, class, source_partner_key, source_rule, amount_reporting_minor
    from before.marts.fct_deal

),

deals_after as (

    select deal_key, name, account_name, state, closed_on, class, source_partner_key, source_rule, amount_reporting_minor
    from after.marts.fct_deal

),

deals as (

    select
        coalesce(deals_after.deal_key, deals_before.deal_key) as deal_key,
        coalesce(deals_after.name, deals_before.name) as name,
        coalesce(deals_after.account_name, deals_before.account_name) as account_name,
        coalesce(deals_after.state, deals_before.state) as state,
        coalesce(deals_after.closed_on, deals_before.closed_on) as closed_on,
        deals_before.class as class_before,
        deals_after.class as class_after,
        deals_before.source_partner_key as source_before,
        deals_after.source_partner_key as source_after,
        deals_before.source_rule as rule_before,
        deals_after.source_rule as rule_after,
        deals_before.amount_reporting_minor as amount_minor_before,
        deals_after.amount_reporting_minor as amount_minor_after,
        deals_before.class is distinct from deals_after.class
        or deals_before.source_partner_key is distinct from deals_after.source_partner_key
        or deals_before.source_rule is distinct from deals_after.source_rule
        or deals_before.state is distinct from deals_after.state
        or deals_before.closed_on is distinct from deals_after.closed_on
        or deals_before.amount_reporting_minor is distinct from deals_after.amount_reporting_minor as is_moved
    from deals_before
    full join deals_after on deals_after.deal_key = deals_before.deal_key

),

model_moves as (

    select
        deal_key,
        model,
        sum(abs(booked_minor_after - booked_minor_before)) as booked_minor,
        sum(abs(collected_minor_after - collected_minor_before)) as collected_minor
    from comparison.credit
    group by deal_key, model

),

-- the model that moves most says how much moves
credit_moves as (

    select deal_key, max(greatest(booked_minor, collected_minor)) as minor
    from model_moves
    group by deal_key

),

commission_moves as (

    select deal_key, sum(abs(after_minor - before_minor)) as minor
    from comparison.commission
    group by deal_key

),

cash_before as (

    select deal_key, cast(sum(collected_reporting_minor) as bigint) as collected_minor
    from before.marts.fct_cash
    where deal_key is not null
    group by deal_key

),

cash_after as (

    select deal_key, cast(sum(collected_reporting_minor) as bigint) as collected_minor
    from after.marts.fct_cash
    where deal_key is not null
    group by deal_key

),

reasons_before as (

    select deal_key, max_by(reason, step) as reason
    from before.marts.fct_deal_decision
    group by deal_key

),

reasons_after as (

    select deal_key, max_by(reason, step) as reason
    from after.marts.fct_deal_decision
    group by deal_key

),

measured as (

    select
        deals.*,
        coalesce(cash_before.collected_minor, 0) as collected_minor_before,
        coalesce(cash_after.collected_minor, 0) as collected_minor_after,
        credit_moves.deal_key is not null as has_credit_moves,
        commission_moves.deal_key is not null as has_commission_moves,
        cast(
            greatest(
                case
                    when deals.class_before is distinct from deals.class_after or deals.source_before is distinct from deals.source_after
                        then greatest(abs(coalesce(deals.amount_minor_before, 0)), abs(coalesce(deals.amount_minor_after, 0)))
                    else 0
                end,
                abs(coalesce(deals.amount_minor_after, 0) - coalesce(deals.amount_minor_before, 0)),
                abs(coalesce(cash_after.collected_minor, 0) - coalesce(cash_before.collected_minor, 0)),
                coalesce(credit_moves.minor, 0),
                coalesce(commission_moves.minor, 0)
            ) as bigint
        ) as moved_minor
    from deals
    left join credit_moves on credit_moves.deal_key = deals.deal_key
    left join commission_moves on commission_moves.deal_key = deals.deal_key
    left join cash_before on cash_before.deal_key = deals.deal_key
    left join cash_after on cash_after.deal_key = deals.deal_key

),

final as (

    select
        measured.deal_key,
        measured.name,
        measured.account_name,
        measured.state,
        measured.closed_on,
        measured.class_before,
        measured.class_after,
        measured.source_before,
        measured.source_after,
        measured.rule_before,
        measured.rule_after,
        measured.amount_minor_before,
        measured.amount_minor_after,
        measured.collected_minor_before,
        measured.collected_minor_after,
        measured.moved_minor,
        reasons_before.reason as reason_before,
        reasons_after.reason as reason_after
    from measured
    left join reasons_before on reasons_before.deal_key = measured.deal_key
    left join reasons_after on reasons_after.deal_key = measured.deal_key
    where measured.is_moved
        or measured.has_credit_moves
        or measured.has_commission_moves
        or measured.collected_minor_before <> measured.collected_minor_after

)

select * from final
