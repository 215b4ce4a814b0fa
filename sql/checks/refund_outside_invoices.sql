-- check: refund_outside_invoices
-- severity: info
-- stops: no
-- about: Refunds and lost disputes of payments that belong to no invoice (R114).
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
    where findings.check_id = 'refund_outside_invoices'

)

select * from final
