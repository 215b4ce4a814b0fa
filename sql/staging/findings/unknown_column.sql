-- into: staging.finding
-- about: Columns of files that no entity has; they are ignored.
with

final as (

    select distinct
        'unknown_column' as check_id,
        columns.stream as entity,
        columns.source || ':' || columns.column_name as entity_key,
        'the column "' || columns.column_name || '" of ' || columns.file || ' is not one of ' || columns.stream || '; it is ignored' as message,
        'rename it with `columns:` in the config, or take it out' as fix
    from raw.unknown_column as columns
    inner join config.source as sources on sources.source = columns.source

)

select * from final
