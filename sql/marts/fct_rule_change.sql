-- model: marts.fct_rule_change
-- grain: changed_at, rule
-- about: Each row is one rule of the configuration, or the version of the models, that was changed from one refresh to the next.
-- checks: unique(grain); not_null(changed_at, rule)
with

versions as (

    select
        seq,
        seen_at,
        key,
        value,
        lag(value) over (partition by key order by seq) as value_before,
        row_number() over (partition by key order by seq) as version
    from raw.rule

),

begun as (

    select min(seen_at) as first_seen_at
    from raw.rule

),

final as (

    select
        versions.seen_at as changed_at,
        versions.key as rule,
        versions.value_before,
        versions.value as value_after
    from versions
    cross join begun
    where versions.version > 1 or versions.seen_at > begun.first_seen_at

)

select * from final
