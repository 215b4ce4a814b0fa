-- check: order_type_other
-- severity: info
-- stops: no
-- about: Deal types of a CRM that say nothing about the order type; their deals are new (R100).
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
    where findings.check_id = 'order_type_other'

)

select * from final
