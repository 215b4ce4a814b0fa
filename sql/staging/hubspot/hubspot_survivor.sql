-- model: input.hubspot_survivor
-- grain: source, stream, merged_id
-- about: Each row is one merged record and the record that stands for it in the end, whatever the number of merges between them.
with recursive

merges as (

    select source, stream, merged_id, survivor_id
    from input.hubspot_merge

),

-- pairs are kept once each, so a circle ends the walk as well
reached as (

    select source, stream, merged_id, survivor_id
    from merges
    union
    select reached.source, reached.stream, reached.merged_id, merges.survivor_id
    from reached
    inner join merges
        on merges.source = reached.source
        and merges.stream = reached.stream
        and merges.merged_id = reached.survivor_id

),

-- the end of the walk is merged into nothing; of a circle the smallest id is left
ranked as (

    select
        reached.*,
        row_number() over (
            partition by reached.source, reached.stream, reached.merged_id
            order by merges.merged_id is not null, length(reached.survivor_id), reached.survivor_id
        ) as place
    from reached
    left join merges
        on merges.source = reached.source
        and merges.stream = reached.stream
        and merges.merged_id = reached.survivor_id

),

final as (

    select source, stream, merged_id, survivor_id
    from ranked
    where place = 1 and survivor_id <> merged_id

)

select * from final
