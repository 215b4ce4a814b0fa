-- model: metrics.month
-- grain: month
-- keep: no
-- about: Each row is a calendar month with the fiscal quarter and year it lies in, from the first event's fiscal year to the end of the last one that is needed.
-- checks: unique(grain); not_null(month, quarter, year)
with

setting as (

    select
        as_of,
        case when fiscal_year_start = 1 then 0 else 13 - fiscal_year_start end as fiscal_shift
    from config.setting

),

-- a fiscal year is named after the year it ends in (R27)
happened as (

    select min(created_on) as first_on, max(created_on) as last_on from marts.fct_deal
    union all
    select min(closed_on) as first_on, max(closed_on) as last_on from marts.fct_deal
    union all
    select min(occurred_on) as first_on, max(occurred_on) as last_on from marts.fct_cash
    union all
    select min(submitted_on) as first_on, max(submitted_on) as last_on from marts.fct_registration
    union all
    select min(received_on) as first_on, max(received_on) as last_on from marts.fct_lead
    union all
    select min(entered_on) as first_on, max(entered_on) as last_on from marts.fct_stage
    union all
    select min(event_on) as first_on, max(event_on) as last_on from attribution.int_partner_day
    union all
    select min(entry_on) as first_on, max(entry_on) as last_on from marts.fct_commission
    union all
    select min(month_on) as first_on, max(month_on) as last_on from marts.fct_recurring
    union all
    select min(agreed_on) as first_on, as_of as last_on
    from marts.dim_partner
    cross join setting
    where agreed_on <= as_of
    group by as_of
    union all
    select min(starts_on) as first_on, max(ends_on) as last_on from staging.stg_targets

),

bounds as (

    select
        min(coalesce(happened.first_on, setting.as_of)) as first_on,
        max(greatest(happened.last_on, setting.as_of)) as last_on,
        max(setting.fiscal_shift) as fiscal_shift
    from happened
    cross join setting

),

-- whole fiscal years at both ends, so that every quarter and year has all of its months
months as (

    select
        cast(series.month_starts_on as date) as month_starts_on,
        year(series.month_starts_on) * 12 + month(series.month_starts_on) - 1 + bounds.fiscal_shift as fiscal_month
    from bounds
    cross join lateral generate_series(
        cast(date_trunc('month', add_months(bounds.first_on, -11)) as timestamp),
        cast(add_months(bounds.last_on, 11) as timestamp),
        to_months(1)
    ) as series(month_starts_on)

),

fiscal as (

    select
        month_starts_on,
        fiscal_month // 12 as fiscal_year,
        fiscal_month % 12 // 3 + 1 as fiscal_quarter,
        add_months(month_starts_on, -(fiscal_month % 3)) as quarter_starts_on,
        add_months(month_starts_on, -(fiscal_month % 12)) as year_starts_on
    from months

),

final as (

    select
        strftime(fiscal.month_starts_on, '%Y-%m') as month,
        lpad(cast(fiscal.fiscal_year as varchar), 4, '0') || '-Q' || fiscal.fiscal_quarter as quarter,
        lpad(cast(fiscal.fiscal_year as varchar), 4, '0') as year,
        fiscal.month_starts_on,
        add_days(add_months(fiscal.month_starts_on, 1), -1) as month_ends_on,
        fiscal.quarter_starts_on,
        add_days(add_months(fiscal.quarter_starts_on, 3), -1) as quarter_ends_on,
        fiscal.year_starts_on,
        add_days(add_months(fiscal.year_starts_on, 12), -1) as year_ends_on
    from fiscal
    cross join bounds
    where add_months(fiscal.year_starts_on, 12) > bounds.first_on and fiscal.year_starts_on <= bounds.last_on

)

select * from final
