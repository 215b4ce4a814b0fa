-- model: input.hubspot_merge
-- grain: source, stream, merged_id
-- about: Each row is one record that was merged into another, whether it can still be read or not (R102); of several survivors a living one counts.
with

objects as (

    select source, object
    from input.hubspot_partner_object

),

records as (

    select
        latest.source,
        latest.stream,
        latest.id,
        latest.op,
        latest.payload ->> '$.properties.hs_merged_object_ids' as merged_ids
    from input.latest as latest
    left join objects on objects.source = latest.source and objects.object = latest.stream
    where latest.kind = 'hubspot' and (latest.stream in ('deals', 'companies') or objects.object is not null)

),

named as (

    select
        source,
        stream,
        id as survivor_id,
        op,
        cell(unnest(string_split(merged_ids, ';'))) as merged_id
    from records
    where cell(merged_ids) is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by source, stream, merged_id
            order by op desc, length(survivor_id), survivor_id
        ) as place
    from named
    where merged_id is not null and merged_id <> survivor_id

),

final as (

    select source, stream, merged_id, survivor_id
    from ranked
    where place = 1

)

select * from final
