-- into: staging.finding
-- about: Records merged into each other in a circle: the smallest key is left (R21).
with

circles as (

    select entity, record_key, survivor_key
    from input.survivor
    where is_in_circle

),

final as (

    select
        'merge_cycle' as check_id,
        entity,
        record_key as entity_key,
        'the record is merged in a circle; ' || survivor_key || ' is left of it' as message,
        'clear merged_into_id of the record that should stay' as fix
    from circles

)

select * from final
