-- model: input.salesforce_survivor
-- grain: source, merged_id
-- about: Each row is one merged account and the one that stands for it in the end, whatever the number of merges between them.
with recursive

merges as (

    select source, id as merged_id, merged_into_id as survivor_id
    from input.salesforce_account
    where merged_into_id is not null

),

-- pairs are kept once each, so a circle ends the walk as well
reached as (

    select source, merged_id, survivor_id
    from merges
    union
    select reached.source, reached.merged_id, merges.survivor_id
    from reached
    inner join merges on merges.source = reached.source and merges.merged_id = reached.survivor_id

),

ranked as (

    select
        reached.*,
        row_number() over (
            partition by reached.source, reached.merged_id
            order by merges.merged_id is not null, reached.survivor_id
        ) as place
    from reached
    left join merges on merges.source = reached.source and merges.merged_id = reached.survivor_id

),

final as (

    select source, merged_id, survivor_id
    from ranked
    where place = 1

)

select * from final
