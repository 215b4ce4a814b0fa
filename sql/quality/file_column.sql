-- model: quality.file_column
-- grain: source, entity, file, state, column_name, found_as
-- about: Each row says what a column of a source was taken for (mapped), or that nothing was made of it (ignored), that the config names it and it is not there (absent), or that a column of ours has nothing (missing).
-- checks: not_null(source, entity, file, state); one_of(state: mapped, ignored, absent, missing)
with

sources as (

    select source
    from config.source

),

columns as (

    select source, stream as entity, file, column_name, found_as, value
    from raw.file_column

),

unknown as (

    select source, stream as entity, file, column_name as found_as, nearest, is_absent
    from raw.unknown_column

),

formats as (

    select source, entity, column_name, expected
    from config.cell_format

),

ours as (

    select
        columns.source,
        columns.entity,
        columns.file,
        case when columns.found_as is null and columns.value is null then 'missing' else 'mapped' end as state,
        columns.column_name,
        columns.found_as,
        columns.value,
        case when columns.found_as is not null or columns.value is not null then formats.expected end as format,
        null::varchar as nearest
    from columns
    left join formats
        on formats.source = columns.source
        and formats.entity = columns.entity
        and formats.column_name = columns.column_name

),

-- a column that one of the file's entities uses is not ignored because another one does not
theirs as (

    select
        unknown.source,
        unknown.entity,
        unknown.file,
        case when unknown.is_absent then 'absent' else 'ignored' end as state,
        null::varchar as column_name,
        unknown.found_as,
        null::varchar as value,
        null::varchar as format,
        unknown.nearest
    from unknown
    anti join columns
        on columns.source = unknown.source
        and columns.file = unknown.file
        and columns.found_as = case when not unknown.is_absent then unknown.found_as end

),

-- what `mapping:` changes at a vendor
vendors as (

    select
        source,
        entity,
        '' as file,
        'mapped' as state,
        column_name,
        source_column as found_as,
        null::varchar as value,
        null::varchar as format,
        null::varchar as nearest
    from config.column_map

),

-- the object that `mapping:` names stands where a file would
objects as (

    select
        source,
        entity,
        object as file,
        'mapped' as state,
        column_name,
        field as found_as,
        null::varchar as value,
        null::varchar as format,
        null::varchar as nearest
    from config.object_column

),

every_column as (

    select *
    from ours
    union all
    select *
    from theirs
    union all
    select *
    from vendors
    union all
    select *
    from objects

),

final as (

    select every_column.*
    from every_column
    semi join sources on sources.source = every_column.source

)

select * from final
