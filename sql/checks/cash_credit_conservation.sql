-- check: cash_credit_conservation
-- severity: error
-- stops: yes
-- about: Collected is credited plus uncredited: under every model the parts of the cash of a deal add up to that cash, and cash without a deal has none.
with

cash as (

    select cash.deal_key, days.stretch_on, count(*) as entries, sum(cash.collected_reporting_minor) as collected_minor
    from marts.fct_cash as cash
    inner join metrics.day as days on days.day = cash.occurred_on
    where cash.deal_key is not null and cash.collected_reporting_minor is not null
    group by cash.deal_key, days.stretch_on

),

models as (

    select deal_key, model, count(*) as partners
    from attribution.int_deal_credit
    group by deal_key, model

),

expected as (

    select
        models.model,
        cash.stretch_on,
        sum(cash.entries * models.partners) as parts,
        sum(cash.collected_minor) as collected_minor
    from cash
    inner join models on models.deal_key = cash.deal_key
    group by models.model, cash.stretch_on

),

credited as (

    select model, stretch_on, sum(parts) as parts, sum(collected_minor) as collected_minor
    from metrics.credited_cash
    group by model, stretch_on

),

final as (

    select
        'models' as entity,
        coalesce(expected.model, credited.model) || '|' || coalesce(expected.stretch_on, credited.stretch_on) as entity_key,
        'cash of deals with partners is ' || coalesce(expected.collected_minor, 0) || ' minor units in ' || coalesce(expected.parts, 0)
        || ' parts, credited are ' || coalesce(credited.collected_minor, 0) || ' in ' || coalesce(credited.parts, 0) as message,
        'this is a defect of the models: report it' as fix,
        cast(null as bigint) as amount_reporting_minor
    from expected
    full outer join credited
        on credited.model = expected.model
        and credited.stretch_on = expected.stretch_on
    where expected.parts is distinct from credited.parts
        or expected.collected_minor is distinct from credited.collected_minor

)

select * from final
