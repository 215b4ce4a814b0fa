-- check: unknown_reference
-- severity: error
-- stops: no
-- about: Rows left out because a required reference names nothing.
with

final as (

    select
        entity,
        entity_key,
        message,
        fix,
        null::bigint as amount_reporting_minor
    from staging.quarantine
    where check_id = 'unknown_reference'

)

select * from final
