-- model: staging.stg_targets
-- grain: slice, slice_key, metric, period
-- ordered: yes
-- about: Each row is one target of one metric for one period of one slice, converted at the period's first day or the as-of date if that is earlier (R14).
-- checks: unique(grain); not_null(slice, slice_key, metric, period, period_kind, starts_on, ends_on, amount, currency); one_of(slice: program, partner, type, tier, region, manager); one_of(period_kind: month, quarter, year)
with

final as (

    select
        targets.slice,
        targets.slice_key,
        targets.metric,
        targets.period,
        targets.period_kind,
        targets.starts_on,
        targets.ends_on,
        targets.amount,
        targets.currency,
        convert_minor(targets.amount_minor, rates.num, rates.den) as amount_reporting_minor,
        targets.amount_minor,
        targets.rate_day
    from input.resolved_target as targets
    left join staging.fx_day as rates on rates.currency = targets.currency and rates.day = targets.rate_day
    where targets.place = 1

)

select * from final
