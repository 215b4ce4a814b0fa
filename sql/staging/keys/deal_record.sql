-- model: staging.deal_record
-- grain: record_key
-- about: Each row is one deal's record, also of a deal not yet created or left out, and the deal it was merged into at any depth; of a circle its smallest key is left (R21).
-- checks: unique(grain); not_null(record_key, deal_key)
with recursive

records as (

    select record_key, survivor_reference
    from input.typed_deals
    where problem is null

),

-- a survivor that is not known is no survivor: the row stands
merges as (

    select merged.record_key, merged.survivor_reference as next_key
    from records as merged
    inner join records as survivors on survivors.record_key = merged.survivor_reference

),

-- pairs are kept once each, so a circle ends the walk as well
reached as (

    select record_key, next_key
    from merges
    union
    select reached.record_key, merges.next_key
    from reached
    inner join merges on merges.record_key = reached.next_key

),

circles as (

    select record_key
    from reached
    where record_key = next_key

),

survivors as (

    select
        reached.record_key,
        min(reached.next_key) as survivor_key
    from reached
    left join merges on merges.record_key = reached.next_key
    left join circles on circles.record_key = reached.next_key
    where merges.record_key is null or circles.record_key is not null
    group by reached.record_key

),

final as (

    select
        records.record_key,
        coalesce(survivors.survivor_key, records.record_key) as deal_key,
        circles.record_key is not null as is_in_circle
    from records
    left join survivors on survivors.record_key = records.record_key
    left join circles on circles.record_key = records.record_key

)

select * from final
