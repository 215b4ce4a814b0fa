-- check: unknown_value
-- severity: info
-- stops: no
-- about: Values of a picklist that stand for something else than their name says.
with

final as (

    select
        findings.entity,
        findings.entity_key,
        findings.message,
        findings.fix,
        convert_minor(findings.amount_minor, rates.num, rates.den) as amount_reporting_minor
    from staging.finding as findings
    left join staging.fx_day as rates on rates.currency = findings.currency and rates.day = findings.at
    where findings.check_id = 'unknown_value'

)

select * from final
