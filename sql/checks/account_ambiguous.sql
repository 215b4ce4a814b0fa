-- check: account_ambiguous
-- severity: warning
-- stops: no
-- about: Deals with several companies of which none is the primary one (R97).
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
    where findings.check_id = 'account_ambiguous'

)

select * from final
