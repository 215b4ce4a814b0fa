-- check: field_gone
-- severity: error
-- stops: no
-- about: Fields that are read and that a vendor no longer gives; what they told is missing from what was read since.
with

changes as (

    select source, object, field, change, was_type, type, is_read, is_recent, is_last
    from staging.field_change

),

final as (

    select
        'fields' as entity,
        source || ':' || object || '.' || field as entity_key,
        'it was read until now and is gone, or these credentials may no longer read it' as message,
        'give the credentials read access to it, or map another field in its place' as fix,
        null::bigint as amount_reporting_minor
    from changes
    where change = 'gone' and is_read and is_last

)

select * from final
