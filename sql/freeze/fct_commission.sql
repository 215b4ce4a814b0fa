-- model: marts.fct_commission
-- grain: entry_key
-- about: Each row is one line of the commission ledger dated in the period.
-- checks: unique(grain)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

final as (

    select
        entries.entry_key,
        entries.partner_key,
        entries.deal_key,
        entries.cash_key,
        entries.kind,
        entries.amount_minor,
        entries.rate,
        entries.plan,
        entries.entry_on,
        entries.payable_on,
        entries.reason
    from published.marts.fct_commission as entries
    inner join scope on entries.entry_on between scope.starts_on and scope.ends_on

)

select * from final
