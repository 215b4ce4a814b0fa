-- model: marts.dim_target
-- grain: slice, slice_key, metric, period
-- about: Each row is one target as it was agreed.
-- checks: unique(grain)
with

final as (

    select slice, slice_key, metric, period, period_kind, starts_on, ends_on, amount, currency, amount_reporting_minor
    from published.marts.dim_target

)

select * from final
