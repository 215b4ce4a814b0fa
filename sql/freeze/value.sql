-- model: metrics.value
-- grain: metric, period_kind, period, slice, slice_key
-- about: Each row is one value as it was presented: of the period, of the months in it, and of the state on that day.
-- checks: unique(grain)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

chosen as (

    select periods.period_kind, periods.period
    from published.metrics.period as periods
    cross join scope
    where periods.period_kind = 'current' or (periods.starts_on >= scope.starts_on and periods.ends_on <= scope.ends_on)

),

final as (

    select points.*
    from published.metrics.value as points
    inner join chosen
        on chosen.period_kind = points.period_kind
        and chosen.period = points.period

)

select * from final
