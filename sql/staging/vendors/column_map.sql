-- model: input.column_map
-- grain: source, entity
-- about: Each row holds the `columns:` of one entity of one source: column of ours → the source's own field.
with

final as (

    select
        source,
        entity,
        map_from_entries(list({ 'key': column_name, 'value': source_column })) as columns
    from config.column_map
    group by source, entity

)

select * from final
