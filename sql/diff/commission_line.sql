-- model: difference.commission_line
-- grain: entry_key
-- about: Each row is one line of the commission ledger that differs, with the one reason for it: its cash, its deal, the rules, the partner, another payment of the deal, the date of the close.
-- checks: unique(grain); not_null(entry_key, partner_key, before_minor, after_minor, reason, detail)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

entries_before as (

    select entries.*
    from before.marts.fct_commission as entries
    inner join scope on entries.entry_on between scope.starts_on and scope.ends_on

),

entries_after as (

    select entries.*
    from after.marts.fct_commission as entries
    inner join scope on entries.entry_on between scope.starts_on and scope.ends_on

),

differing as (

    select
        coalesce(entries_after.entry_key, entries_before.entry_key) as entry_key,
        coalesce(entries_after.kind, entries_before.kind) as kind,
        coalesce(entries_after.partner_key, entries_before.partner_key) as partner_key,
        coalesce(entries_after.deal_key, entries_before.deal_key) as deal_key,
        coalesce(entries_after.cash_key, entries_before.cash_key) as cash_key,
        coalesce(entries_before.amount_minor, 0) as before_minor,
        coalesce(entries_after.amount_minor, 0) as after_minor
    from entries_before
    full join entries_after on entries_after.entry_key = entries_before.entry_key
    where entries_before.amount_minor is distinct from entries_after.amount_minor

),

cash_reasons as (

    select cash_key, reason, detail from difference.cash_step where step = 1
    union all
    select links.cash_key, links.reason, links.detail
    from difference.cash_link as links
    left join difference.cash_step as steps on steps.cash_key = links.cash_key and steps.step = 1
    where steps.cash_key is null
    union all
    select steps.cash_key, steps.reason, steps.detail
    from difference.cash_step as steps
    left join difference.cash_step as firsts on firsts.cash_key = steps.cash_key and firsts.step = 1
    left join difference.cash_link as links on links.cash_key = steps.cash_key
    where steps.step = 2 and firsts.cash_key is null and links.cash_key is null

),

causes as (

    select deal_key, reason, detail
    from difference.cause

),

rules as (

    select detail
    from difference.rule
    where area = 'commission'

),

terms_before as (

    select partner_key, type, tier
    from before.marts.dim_partner

),

terms_after as (

    select partner_key, type, tier
    from after.marts.dim_partner

),

changed_terms as (

    select
        terms_after.partner_key,
        'its type and tier were ' || terms_before.type || ', ' || coalesce(terms_before.tier, 'none') || ' before, are '
        || terms_after.type || ', ' || coalesce(terms_after.tier, 'none') || ' now' as detail
    from terms_before
    inner join terms_after on terms_after.partner_key = terms_before.partner_key
    where terms_before.type <> terms_after.type or terms_before.tier is distinct from terms_after.tier

),

deals_before as (

    select deal_key, state, order_type, closed_on
    from before.marts.fct_deal

),

deals_after as (

    select deal_key, state, order_type, closed_on
    from after.marts.fct_deal

),

-- a fixed sum hangs on the first payment of the deal, and a reversal on the payment it takes back
-- payments of the deal in other periods, on which a fixed sum or a reversal may depend
payments_before as (

    select cash.cash_key, cash.deal_key, cash.occurred_on, cash.collected_reporting_minor
    from before.marts.fct_cash as cash
    inner join (select distinct deal_key from differing) as deals on deals.deal_key = cash.deal_key
    where cash.kind = 'payment'

),

payments_after as (

    select cash.cash_key, cash.deal_key, cash.occurred_on, cash.collected_reporting_minor
    from after.marts.fct_cash as cash
    inner join (select distinct deal_key from differing) as deals on deals.deal_key = cash.deal_key
    where cash.kind = 'payment'

),

changed_payments as (

    select
        coalesce(payments_after.deal_key, payments_before.deal_key) as deal_key,
        min(coalesce(payments_after.cash_key, payments_before.cash_key)) as cash_key
    from payments_before
    full join payments_after
        on payments_after.cash_key = payments_before.cash_key
        and payments_after.deal_key = payments_before.deal_key
    where payments_before.occurred_on is distinct from payments_after.occurred_on
        or payments_before.collected_reporting_minor is distinct from payments_after.collected_reporting_minor
    group by coalesce(payments_after.deal_key, payments_before.deal_key)

),

own_dates as (

    select
        cash_key,
        'dated ' || say_date(occurred_on_before) || ' before, ' || say_date(occurred_on_after) || ' now' as detail
    from difference.cash
    where occurred_on_before <> occurred_on_after

),

sibling_reasons as (

    select cash.deal_key_before as deal_key, reasons.cash_key, reasons.reason, reasons.detail
    from cash_reasons as reasons
    inner join difference.cash as cash on cash.cash_key = reasons.cash_key
    union
    select cash.deal_key_after as deal_key, reasons.cash_key, reasons.reason, reasons.detail
    from cash_reasons as reasons
    inner join difference.cash as cash on cash.cash_key = reasons.cash_key

),

siblings as (

    select deal_key, min(reason) as reason, min_by(cash_key || ': ' || detail, reason || '|' || cash_key) as detail
    from sibling_reasons
    where deal_key is not null
    group by deal_key

),

judged as (

    select
        differing.*,
        case
            when differing.kind = 'paid' and differing.before_minor = 0 then 'payout'
            when differing.kind = 'paid' and differing.after_minor = 0 then 'payout_deleted'
            when differing.kind = 'paid' then 'amount_changed'
            when cash_reasons.reason is not null then cash_reasons.reason
            when causes.reason is not null then causes.reason
            when rules.detail is not null then 'rule_changed'
            when changed_terms.partner_key is not null then 'partner_terms_changed'
            when deals_before.state is distinct from deals_after.state then 'state_changed'
            when deals_before.closed_on is distinct from deals_after.closed_on then 'close_date_moved'
            when deals_before.order_type is distinct from deals_after.order_type then 'order_type_changed'
            when own_dates.cash_key is not null then 'cash_date_moved'
            when siblings.deal_key is not null then siblings.reason
            when changed_payments.deal_key is not null then 'payment_changed'
            else 'unexplained'
        end as reason,
        case
            when differing.kind = 'paid' and differing.before_minor = 0 then 'a payout entered since'
            when differing.kind = 'paid' and differing.after_minor = 0 then 'the payout is no longer at its source'
            when differing.kind = 'paid' then 'the payout was changed at its source, or its rate'
            when cash_reasons.reason is not null then cash_reasons.detail
            when causes.reason is not null then causes.detail
            when rules.detail is not null then rules.detail
            when changed_terms.partner_key is not null then changed_terms.detail
            when deals_before.state is distinct from deals_after.state
                then 'the deal was ' || coalesce(deals_before.state, 'not there') || ' before, is ' || coalesce(deals_after.state, 'not there') || ' now'
            when deals_before.closed_on is distinct from deals_after.closed_on
                then 'the deal closed on ' || coalesce(say_date(deals_before.closed_on), 'no date') || ' before, on ' || coalesce(say_date(deals_after.closed_on), 'no date') || ' now'
            when deals_before.order_type is distinct from deals_after.order_type
                then 'the deal was ' || deals_before.order_type || ' before, is ' || deals_after.order_type || ' now'
            when own_dates.cash_key is not null then own_dates.detail
            when siblings.deal_key is not null then siblings.detail
            when changed_payments.deal_key is not null
                then 'payment ' || changed_payments.cash_key || ' of the deal was changed, came or went, and this line depends on it'
            else 'no reason was found; please report it'
        end as detail
    from differing
    left join cash_reasons on cash_reasons.cash_key = differing.cash_key
    left join causes on causes.deal_key = differing.deal_key
    left join rules on true
    left join changed_terms on changed_terms.partner_key = differing.partner_key
    left join deals_before on deals_before.deal_key = differing.deal_key
    left join deals_after on deals_after.deal_key = differing.deal_key
    left join own_dates on own_dates.cash_key = differing.cash_key
    left join changed_payments on changed_payments.deal_key = differing.deal_key
    left join siblings on siblings.deal_key = differing.deal_key

),

final as (

    select entry_key, partner_key, deal_key, cash_key, before_minor, after_minor, reason, detail
    from judged

)

select * from final
