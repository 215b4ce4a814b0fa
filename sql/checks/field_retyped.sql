-- check: field_retyped
-- severity: warning
-- stops: no
-- about: Fields that are read and that changed their type at the vendor in the last week.
with

changes as (

    select source, object, field, change, was_type, type, is_read, is_recent, is_last
    from staging.field_change

),

final as (

    select
        'fields' as entity,
        source || ':' || object || '.' || field as entity_key,
        'its type was ' || coalesce(was_type, 'not told') || ' and is ' || coalesce(type, 'not told') as message,
        'look whether its values still mean the same, and whether the mapping fits' as fix,
        null::bigint as amount_reporting_minor
    from changes
    where change = 'retyped' and is_read and is_recent

)

select * from final
