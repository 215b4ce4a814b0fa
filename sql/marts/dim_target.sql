-- model: marts.dim_target
-- grain: slice, slice_key, metric, period
-- about: Each row is one target of one metric for one slice and period, in the reporting currency where a rate was found (R14).
-- as: view
with

final as (

    select slice, slice_key, metric, period, period_kind, starts_on, ends_on, amount, currency, amount_reporting_minor
    from staging.stg_targets

)

select * from final
