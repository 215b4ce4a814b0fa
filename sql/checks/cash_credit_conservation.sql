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

sharers as (

    select
        deal_key,
        count(sourced_weight) as sourced_partners,
        count(declared_weight) as declared_partners,
        count(first_weight) as first_partners,
        count(last_weight) as last_partners,
        count(linear_weight) as linear_partners,
        count(position_weight) as position_partners,
        count(decay_weight) as decay_partners,
        count(split_weight) as split_partners
    from attribution.int_deal_part
    group by deal_key

),

added as (

    select
        cash.stretch_on,
        sum(cash.entries * sharers.sourced_partners) as sourced_parts,
        sum(case when sharers.sourced_partners > 0 then cash.collected_minor else 0 end) as sourced_minor,
        sum(cash.entries * sharers.declared_partners) as declared_parts,
        sum(case when sharers.declared_partners > 0 then cash.collected_minor else 0 end) as declared_minor,
        sum(cash.entries * sharers.first_partners) as first_parts,
        sum(case when sharers.first_partners > 0 then cash.collected_minor else 0 end) as first_minor,
        sum(cash.entries * sharers.last_partners) as last_parts,
        sum(case when sharers.last_partners > 0 then cash.collected_minor else 0 end) as last_minor,
        sum(cash.entries * sharers.linear_partners) as linear_parts,
        sum(case when sharers.linear_partners > 0 then cash.collected_minor else 0 end) as linear_minor,
        sum(cash.entries * sharers.position_partners) as position_parts,
        sum(case when sharers.position_partners > 0 then cash.collected_minor else 0 end) as position_minor,
        sum(cash.entries * sharers.decay_partners) as decay_parts,
        sum(case when sharers.decay_partners > 0 then cash.collected_minor else 0 end) as decay_minor,
        sum(cash.entries * sharers.split_partners) as split_parts,
        sum(case when sharers.split_partners > 0 then cash.collected_minor else 0 end) as split_minor
    from cash
    inner join sharers on sharers.deal_key = cash.deal_key
    group by cash.stretch_on

),

expected as (

    select model, stretch_on, parts, collected_minor
    from added unpivot include nulls (
        (collected_minor, parts) for model in (
            (sourced_minor, sourced_parts) as 'sourced_wins',
            (declared_minor, declared_parts) as 'declared_split',
            (first_minor, first_parts) as 'first_touch',
            (last_minor, last_parts) as 'last_touch',
            (linear_minor, linear_parts) as 'linear',
            (position_minor, position_parts) as 'position',
            (decay_minor, decay_parts) as 'time_decay',
            (split_minor, split_parts) as 'source_split'
        )
    )

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
    where coalesce(expected.parts, 0) <> coalesce(credited.parts, 0)
        or coalesce(expected.collected_minor, 0) <> coalesce(credited.collected_minor, 0)

)

select * from final
