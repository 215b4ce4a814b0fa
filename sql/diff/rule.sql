-- model: difference.rule
-- grain: area
-- about: Each row is one area of the rules (attribution, cash, commission, fx) in which the two sides were built by different rules, with what differs in words.
-- checks: unique(grain); one_of(area: attribution, cash, commission, fx)
with

areas as (

    select key, area
    from (
        values
            ('attribution.', 'attribution'),
            ('reporting.timezone', 'attribution'),
            ('sources', 'attribution'),
            ('partner_types', 'commission'),
            ('commissions', 'commission'),
            ('cash.', 'cash'),
            ('customers.', 'cash'),
            ('sources', 'cash'),
            ('reporting.timezone', 'cash'),
            ('fx.', 'fx'),
            ('sources', 'fx'),
            ('models', 'attribution'),
            ('models', 'commission'),
            ('models', 'cash'),
            ('models', 'fx')
    ) as listed (key, area)

),

rules_before as (

    select key, value
    from before.config.rule

),

rules_after as (

    select key, value
    from after.config.rule

),

differing as (

    select
        coalesce(rules_after.key, rules_before.key) as key,
        rules_before.value as value_before,
        rules_after.value as value_after
    from rules_before
    full join rules_after on rules_after.key = rules_before.key
    where rules_before.value is distinct from rules_after.value

),

worded as (

    select
        areas.area,
        differing.key,
        case
            when differing.key = 'models' then 'another version of the program works it out'
            else differing.key || ' was ' || coalesce(differing.value_before, 'not set') || ', is ' || coalesce(differing.value_after, 'not set') || ' now'
        end as detail
    from differing
    inner join areas on starts_with(differing.key, areas.key)

),

final as (

    select area, string_agg(detail, '; ' order by case when key = 'models' then 1 else 0 end, key) as detail
    from worded
    group by area

)

select * from final
