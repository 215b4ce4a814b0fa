-- check: bad_cell
-- severity: error
-- stops: no
-- about: Rows left out because a cell cannot be read.
with

final as (

    select
        entity,
        entity_key,
        message,
        fix,
        null::bigint as amount_reporting_minor
    from staging.quarantine
    where check_id = 'bad_cell'

)

select * from final
