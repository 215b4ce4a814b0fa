-- model: input.value_map
-- grain: source, entity
-- about: Each row holds the `values:` of one entity of one source: column → value in lower case → value of ours.
with

pairs as (

    select
        source,
        entity,
        column_name,
        lower(cell(from_value)) as from_value,
        min(to_value) as to_value
    from config.value_map
    where cell(from_value) is not null
    group by all

),

columns as (

    select
        source,
        entity,
        column_name,
        map_from_entries(list({ 'key': from_value, 'value': to_value })) as pairs
    from pairs
    group by source, entity, column_name

),

final as (

    select
        source,
        entity,
        map_from_entries(list({ 'key': column_name, 'value': pairs })) as maps
    from columns
    group by source, entity

)

select * from final
