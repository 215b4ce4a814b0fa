-- check: cash_credit_conservation
-- severity: error
-- stops: yes
-- about: Collected is credited plus uncredited: under every model the parts of the cash of a deal add up to that cash, and cash without a deal has none.
with

cash as (

    select deal_key, occurred_on, count(*) as entries, sum(collected_reporting_minor) as collected_minor
    from marts.fct_cash
    where deal_key is not null and collected_reporting_minor is not null
    group by deal_key, occurred_on

),

models as (

    select distinct deal_key, model
    from attribution.int_deal_credit

),

expected as (

    select models.model, cash.occurred_on, sum(cash.entries) as entries, sum(cash.collected_minor) as collected_minor
    from cash
    inner join models on models.deal_key = cash.deal_key
    group by models.model, cash.occurred_on

),

credited as (

    select model, occurred_on, count(distinct cash_key) as entries, sum(collected_reporting_minor) as collected_minor
    from marts.fct_cash_credit
    group by model, occurred_on

),

final as (

    select
        'models' as entity,
        coalesce(expected.model, credited.model) || '|' || coalesce(expected.occurred_on, credited.occurred_on) as entity_key,
        'cash of deals with partners is ' || coalesce(expected.collected_minor, 0) || ' minor units in ' || coalesce(expected.entries, 0)
        || ' lines, credited are ' || coalesce(credited.collected_minor, 0) || ' of ' || coalesce(credited.entries, 0) as message,
        'this is a defect of the models: report it' as fix,
        cast(null as bigint) as amount_reporting_minor
    from expected
    full outer join credited
        on credited.model = expected.model
        and credited.occurred_on = expected.occurred_on
    where expected.entries is distinct from credited.entries
        or expected.collected_minor is distinct from credited.collected_minor

)

select * from final
