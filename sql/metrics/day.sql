-- model: metrics.day
-- grain: day
-- keep: no
-- about: Each row is a day up to the as-of date, with its periods and whether it lies within the part of a month, quarter or year that has run by the same day of the current one.
-- checks: unique(grain); not_null(stretch_on)
with

setting as (

    select as_of
    from config.setting

),

months as (

    select *
    from metrics.month

),

days as (

    select
        cast(series.day as date) as day,
        months.month,
        months.quarter,
        months.year,
        months.month_starts_on,
        months.quarter_starts_on,
        months.year_starts_on
    from months
    cross join setting
    cross join lateral generate_series(
        cast(months.month_starts_on as timestamp), cast(months.month_ends_on as timestamp), to_days(1)
    ) as series(day)
    where series.day <= setting.as_of

),

run as (

    select
        setting.as_of,
        day_diff(months.month_starts_on, setting.as_of) as month_days,
        day_diff(months.quarter_starts_on, setting.as_of) as quarter_days,
        day_diff(months.year_starts_on, setting.as_of) as year_days,
        add_months(months.month_starts_on, -12) as months_cut_from_on
    from setting
    inner join months on setting.as_of between months.month_starts_on and months.month_ends_on

),

cut as (

    select
        days.day,
        days.month,
        days.quarter,
        days.year,
        -- months are compared with the one before and a year ago; cutting older ones would only make more rows
        days.day >= run.months_cut_from_on
        and day_diff(days.month_starts_on, days.day) <= run.month_days as is_month_to_date,
        day_diff(days.quarter_starts_on, days.day) <= run.quarter_days as is_quarter_to_date,
        day_diff(days.year_starts_on, days.day) <= run.year_days as is_year_to_date
    from days
    cross join run

),

-- days that share all of this count alike: a stretch is named after its first day, and facts are added up by it
final as (

    select
        day,
        min(day) over (partition by month, is_month_to_date, is_quarter_to_date, is_year_to_date) as stretch_on,
        month,
        quarter,
        year,
        is_month_to_date,
        is_quarter_to_date,
        is_year_to_date
    from cut

)

select * from final
