-- model: input.renamed_row
-- grain: entity, source, record_id
-- about: Each row is one row of a source that the log knows by another id than its own: an earlier line of an id, to which the log adds "~" and a number, one whose id has blanks or a map, or a record of an object that `mapping` names.
with

id_maps as (

    select source, entity, maps
    from input.value_map
    where maps['id'] is not null

),

-- nearly every record has its own id, so the others are found without opening any
doubtful as (

    select latest.source, latest.stream, latest.id
    from input.latest as latest
    left join id_maps on id_maps.source = latest.source and id_maps.entity = latest.stream
    where latest.kind = 'files'
        and (contains(latest.id, '~') or latest.id <> cell(latest.id) or id_maps.source is not null)

    union all

    select source, entity as stream, id
    from input.mapped_object

),

opened as (

    select
        records.stream as entity,
        records.source,
        records.id as record_id,
        cell(mapped(id_maps.maps, 'id', records.payload ->> 'id')) as id
    from input.file_record as records
    semi join doubtful
        on doubtful.source = records.source
        and doubtful.stream = records.stream
        and doubtful.id = records.id
    left join id_maps on id_maps.source = records.source and id_maps.entity = records.stream

),

final as (

    select entity, source, record_id, id
    from opened
    where id <> record_id

)

select * from final
