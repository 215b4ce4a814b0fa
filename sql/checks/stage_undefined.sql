-- check: stage_undefined
-- severity: warning
-- stops: no
-- about: Stages that deals stand in and no pipeline defines any more (R101).
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
    where findings.check_id = 'stage_undefined'

)

select * from final
