-- model: metrics.period
-- grain: period_kind, period
-- about: Each row is a calendar month, a fiscal quarter, a fiscal year, or the state on the as-of date (`current`).
-- checks: unique(grain); not_null(period_kind, period, starts_on, ends_on, status); one_of(period_kind: month, quarter, year, current); one_of(status: final, to_date)
with

months as (

    select *
    from metrics.month

),

setting as (

    select as_of, is_as_of_explicit
    from config.setting

),

periods as (

    select 'month' as period_kind, month as period, month_starts_on as starts_on, month_ends_on as ends_on
    from months
    union
    select 'quarter' as period_kind, quarter as period, quarter_starts_on as starts_on, quarter_ends_on as ends_on
    from months
    union
    select 'year' as period_kind, year as period, year_starts_on as starts_on, year_ends_on as ends_on
    from months
    union all
    select 'current' as period_kind, 'current' as period, as_of as starts_on, as_of as ends_on
    from setting

),

-- without an explicit as-of date today is still running, so a period that ends today is not over (R81)
final as (

    select
        -- whole numbers to group by: the keys as text cost four times as much
        cast(row_number() over (order by periods.period_kind, periods.period) as integer) as period_id,
        periods.period_kind,
        periods.period,
        periods.starts_on,
        periods.ends_on,
        case
            when periods.period_kind = 'current' then 'to_date'
            when periods.ends_on < setting.as_of then 'final'
            when periods.ends_on = setting.as_of and setting.is_as_of_explicit then 'final'
            else 'to_date'
        end as status
    from periods
    cross join setting

)

select * from final
