-- check: cash_conservation
-- severity: error
-- stops: yes
-- about: Cash is every payment minus every refund and lost dispute, once: joining invoices, deals and rates neither loses nor doubles a row.
with

staged as (

    select currency, count(*) as entries, sum(amount_minor) as cash_minor
    from (
        select currency, amount_minor
        from staging.stg_payments
        union all
        select currency, -amount_minor as amount_minor
        from staging.stg_refunds
    ) as moved
    group by currency

),

cash as (

    select currency, count(*) as entries, sum(cash_minor) as cash_minor
    from marts.fct_cash
    group by currency

),

final as (

    select
        'currencies' as entity,
        coalesce(staged.currency, cash.currency) as entity_key,
        coalesce(cash.entries, 0) || ' lines of ' || coalesce(cash.cash_minor, 0) || ' minor units of cash, where there are '
        || coalesce(staged.entries, 0) || ' of ' || coalesce(staged.cash_minor, 0) as message,
        'this is a defect of the models: report it' as fix,
        cast(null as bigint) as amount_reporting_minor
    from staged
    full outer join cash on cash.currency = staged.currency
    where staged.entries is distinct from cash.entries or staged.cash_minor is distinct from cash.cash_minor

)

select * from final
