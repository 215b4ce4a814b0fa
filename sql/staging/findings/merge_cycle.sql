-- into: staging.finding
-- about: Records merged into each other in a circle: the smallest key is left (R21).
with

circles as (

    select 'deals' as entity, record_key, deal_key as left_key
    from staging.deal_record
    where is_in_circle
    union all
    select 'accounts' as entity, record_key, survivor_key as left_key
    from input.account_survivor
    where is_in_circle

),

final as (

    select
        'merge_cycle' as check_id,
        entity,
        record_key as entity_key,
        'the record is merged in a circle; ' || left_key || ' is left of it' as message,
        'clear merged_into_id of the record that should stay' as fix
    from circles

)

select * from final
