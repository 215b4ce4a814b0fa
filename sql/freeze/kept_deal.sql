-- model: staging.kept_deal
-- grain: deal_key
-- keep: no
-- about: Each row is one deal behind the numbers of the period: closed in it, paid in it, or with a commission line in it.
-- checks: unique(grain)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

final as (

    select deals.deal_key
    from published.marts.fct_deal as deals
    inner join scope on deals.closed_on between scope.starts_on and scope.ends_on
    union
    select cash.deal_key
    from published.marts.fct_cash as cash
    inner join scope on cash.occurred_on between scope.starts_on and scope.ends_on
    where cash.deal_key is not null
    union
    select entries.deal_key
    from published.marts.fct_commission as entries
    inner join scope on entries.entry_on between scope.starts_on and scope.ends_on
    where entries.deal_key is not null

)

select * from final
