-- check: fx_rate_missing
-- severity: error
-- stops: no
-- about: Payments, refunds and disputes of which no rate is known; they are in no converted total (R24).
with

final as (

    select
        case when cash.kind = 'payment' then 'payments' else 'refunds' end as entity,
        cash.cash_key as entity_key,
        'no rate from ' || cash.currency || ' on ' || say_date(cash.occurred_on) || ' or in the ' || setting.fx_max_age_days
        || ' days before; the ' || cash.kind || ' is in no converted total' as message,
        'load a rate between ' || cash.currency || ' and ' || setting.currency || ' for a day from '
        || say_date(add_days(cash.occurred_on, -setting.fx_max_age_days)) || ' to ' || say_date(cash.occurred_on) as fix,
        cast(null as bigint) as amount_reporting_minor
    from marts.fct_cash as cash
    cross join config.setting
    where cash.collected_reporting_minor is null

)

select * from final
