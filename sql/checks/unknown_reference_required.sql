-- check: unknown_reference
-- severity: error
-- stops: no
-- about: Rows left out because a required reference names nothing.
with

final as (

    select
        quarantine.entity,
        quarantine.entity_key,
        quarantine.message,
        quarantine.fix,
        convert_minor(quarantine.amount_minor, rates.num, rates.den) as amount_reporting_minor
    from staging.quarantine as quarantine
    left join staging.fx_day as rates on rates.currency = quarantine.currency and rates.day = quarantine.amount_on
    where quarantine.check_id = 'unknown_reference'

)

select * from final
