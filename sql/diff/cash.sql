-- model: difference.cash
-- grain: cash_key
-- about: Each row is one payment, refund or lost dispute that moved in the scope before or after, with both sides of what counts.
-- checks: unique(grain); not_null(cash_key, kind, collected_minor_before, collected_minor_after)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

deals_before as (

    select deal_key, class, source_partner_key
    from before.marts.fct_deal

),

deals_after as (

    select deal_key, class, source_partner_key
    from after.marts.fct_deal

),

cash_before as (

    select cash.*, coalesce(deals.class, 'unlinked') as class, deals.source_partner_key
    from before.marts.fct_cash as cash
    left join deals_before as deals on deals.deal_key = cash.deal_key
    inner join scope on cash.occurred_on between scope.starts_on and scope.ends_on

),

cash_after as (

    select cash.*, coalesce(deals.class, 'unlinked') as class, deals.source_partner_key
    from after.marts.fct_cash as cash
    left join deals_after as deals on deals.deal_key = cash.deal_key
    inner join scope on cash.occurred_on between scope.starts_on and scope.ends_on

),

final as (

    select
        coalesce(cash_after.cash_key, cash_before.cash_key) as cash_key,
        coalesce(cash_after.kind, cash_before.kind) as kind,
        coalesce(cash_after.invoice_key, cash_before.invoice_key) as invoice_key,
        cash_before.cash_key is not null as is_known_before,
        cash_after.cash_key is not null as is_known_after,
        cash_before.occurred_on as occurred_on_before,
        cash_after.occurred_on as occurred_on_after,
        cash_before.deal_key as deal_key_before,
        cash_after.deal_key as deal_key_after,
        cash_before.link_reason as link_reason_before,
        cash_after.link_reason as link_reason_after,
        cash_before.class as class_before,
        cash_after.class as class_after,
        cash_before.source_partner_key as source_before,
        cash_after.source_partner_key as source_after,
        cash_before.currency as currency_before,
        cash_after.currency as currency_after,
        cash_before.fx_rate as fx_rate_before,
        cash_after.fx_rate as fx_rate_after,
        cash_before.collected_minor as own_minor_before,
        cash_after.collected_minor as own_minor_after,
        coalesce(cash_before.collected_reporting_minor, 0) as collected_minor_before,
        coalesce(cash_after.collected_reporting_minor, 0) as collected_minor_after
    from cash_before
    full join cash_after on cash_after.cash_key = cash_before.cash_key

)

select * from final
