-- model: input.survivor
-- grain: entity, record_key
-- about: Each row is one deal's or account's record that was merged, and the one it was merged into at any depth; of a circle its smallest key is left (R21).
-- checks: unique(grain)
with recursive

deals as (

    select record_key, survivor_reference
    from input.typed_deals
    where problem is null

),

accounts as (

    select record_key, survivor_reference
    from input.typed_accounts
    where problem is null

),

-- a survivor that is not known is no survivor: the row stands
merges as (

    select 'deals' as entity, merged.record_key, merged.survivor_reference as next_key
    from deals as merged
    inner join deals as survivors on survivors.record_key = merged.survivor_reference
    union all
    select 'accounts' as entity, merged.record_key, merged.survivor_reference as next_key
    from accounts as merged
    inner join accounts as survivors on survivors.record_key = merged.survivor_reference

),

-- pairs are kept once each, so a circle ends the walk as well
reached as (

    select entity, record_key, next_key
    from merges
    union
    select reached.entity, reached.record_key, merges.next_key
    from reached
    inner join merges on merges.entity = reached.entity and merges.record_key = reached.next_key

),

circles as (

    select entity, record_key
    from reached
    where record_key = next_key

),

final as (

    select
        reached.entity,
        reached.record_key,
        min(reached.next_key) as survivor_key,
        bool_or(reached.next_key = reached.record_key) as is_in_circle
    from reached
    left join merges on merges.entity = reached.entity and merges.record_key = reached.next_key
    left join circles on circles.entity = reached.entity and circles.record_key = reached.next_key
    where merges.record_key is null or circles.record_key is not null
    group by reached.entity, reached.record_key

)

select * from final
