-- check: field_drift
-- severity: info
-- stops: no
-- about: Fields that came or went at a vendor in the last week and that are not read.
with

changes as (

    select source, object, field, change, was_type, type, is_read, is_recent, is_last
    from staging.field_change

),

final as (

    select
        'fields' as entity,
        source || ':' || object || '.' || field as entity_key,
        case change when 'new' then 'it is new' when 'gone' then 'it is gone' else 'its type was ' || coalesce(was_type, 'not told') || ' and is ' || coalesce(type, 'not told') end as message,
        'nothing; name it in the mapping of the source to have it read' as fix,
        null::bigint as amount_reporting_minor
    from changes
    where is_recent and (not is_read or change = 'new')

)

select * from final
