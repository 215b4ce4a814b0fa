-- model: input.file_record
-- about: Each row is one row of a file drop in the version that counts, its dates and numbers as ours are written, or a record of an object that `mapping` names; lines that are no rows are not among them.
-- as: view
with

dropped as (

    select
        latest.source,
        latest.stream,
        latest.id,
        coalesce(reformatted.payload, latest.payload) as payload
    from input.latest as latest
    left join input.reformatted as reformatted on reformatted.seq = latest.seq
    where latest.kind = 'files' and latest.op = 'upsert' and not is_broken_line(latest.id, latest.payload)

),

final as (

    select source, stream, id, payload
    from dropped
    union all
    select source, entity as stream, id, payload
    from input.mapped_object

)

select * from final
