-- into: staging.finding
-- about: Columns of files that give nothing, and columns that the config names and a file lacks.
with

unknown as (

    select source, stream, file, column_name, nearest, is_absent
    from raw.unknown_column

),

used as (

    select source, file, found_as
    from raw.file_column
    where found_as is not null

),

sources as (

    select source
    from config.source

),

ignored as (

    select
        unknown.source,
        min(unknown.stream) as entity,
        unknown.file,
        unknown.column_name,
        string_agg(distinct unknown.stream, ' or ' order by unknown.stream) as entities,
        min(unknown.nearest) as nearest
    from unknown
    inner join sources on sources.source = unknown.source
    anti join used
        on used.source = unknown.source
        and used.file = unknown.file
        and used.found_as = unknown.column_name
    where not unknown.is_absent
    group by unknown.source, unknown.file, unknown.column_name

),

absent as (

    select unknown.source, unknown.stream as entity, unknown.file, unknown.column_name, unknown.nearest
    from unknown
    inner join sources on sources.source = unknown.source
    where unknown.is_absent

),

final as (

    select
        'unknown_column' as check_id,
        entity,
        source || ':' || column_name as entity_key,
        'the column "' || column_name || '" of ' || file || ' is not one of ' || entities || '; it is ignored' as message,
        case
            when nearest is null then 'give it a place with `columns:` in the config, or leave it'
            else 'if it is ' || nearest || ', say so with `columns:` in the config'
        end as fix
    from ignored
    union all
    select
        'unknown_column' as check_id,
        entity,
        source || ':' || column_name as entity_key,
        '`columns:` of the config names "' || column_name || '", which ' || file || ' does not have' as message,
        case
            when nearest is null then 'put the file''s own name there, or take the entry out'
            else 'did you mean "' || nearest || '"?'
        end as fix
    from absent

)

select * from final
