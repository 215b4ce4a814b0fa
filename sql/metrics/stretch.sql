-- model: metrics.stretch
-- grain: stretch_on, period_kind
-- keep: no
-- about: Each row is a period that a stretch of days lies in, and whether it lies within the part that has run by the same day of the current period.
-- checks: unique(grain); not_null(period)
with

stretches as (

    select *
    from metrics.day
    where day = stretch_on

),

spans as (

    select stretch_on, 'month' as period_kind, month as period, is_month_to_date as is_to_date
    from stretches
    union all
    select stretch_on, 'quarter' as period_kind, quarter as period, is_quarter_to_date as is_to_date
    from stretches
    union all
    select stretch_on, 'year' as period_kind, year as period, is_year_to_date as is_to_date
    from stretches

),

final as (

    select spans.stretch_on, spans.period_kind, spans.period, periods.period_id, spans.is_to_date
    from spans
    inner join metrics.period as periods on periods.period_kind = spans.period_kind and periods.period = spans.period

)

select * from final
