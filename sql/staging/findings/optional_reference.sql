-- into: staging.finding
-- about: References that name nothing and that their rows can do without: they are read as null (R02).
with

final as (

    select
        'unknown_reference' as check_id,
        entity,
        entity_key,
        column_name || ' names the ' || target || ' ' || unknown_words(source, reference) || '; it is read as empty' as message,
        'load the ' || target || ', or correct the reference (another source''s row is written source:id)' as fix
    from input.unknown_reference
    where not is_required

)

select * from final
