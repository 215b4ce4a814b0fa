-- model: input.superseded_row
-- grain: entity, source, record_id
-- about: Each row is one row of a source whose id a later row of the same entity has again: the later one counts (R03).
with

renamed as (

    select entity, source, record_id, id
    from input.renamed_row

),

-- who else has one of these ids has it as its own
namesakes as (

    select records.stream as entity, records.source, records.id as record_id, records.id
    from input.file_record as records
    semi join renamed
        on renamed.source = records.source
        and renamed.entity = records.stream
        and renamed.id = records.id
    anti join renamed as others
        on others.source = records.source
        and others.entity = records.stream
        and others.record_id = records.id

),

sharing as (

    select entity, source, record_id, id from renamed
    union all
    select entity, source, record_id, id from namesakes

),

-- the record id settles it only where no line is known: of lines with one key the last has the shortest
ranked as (

    select
        sharing.entity,
        sharing.source,
        sharing.record_id,
        row_number() over (
            partition by sharing.source, sharing.entity, sharing.id
            order by positions.file desc nulls last, positions.line desc nulls last, length(sharing.record_id), sharing.record_id
        ) as place
    from sharing
    left join raw.position as positions
        on positions.source = sharing.source
        and positions.stream = sharing.entity
        and positions.id = sharing.record_id

),

final as (

    select entity, source, record_id
    from ranked
    where place > 1

)

select * from final
