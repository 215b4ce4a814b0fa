-- check: duplicate_key
-- severity: warning
-- stops: no
-- about: Rows left out because their key stands twice.
with

final as (

    select
        entity,
        entity_key,
        message,
        fix,
        null::bigint as amount_reporting_minor
    from staging.quarantine
    where check_id = 'duplicate_key'

)

select * from final
