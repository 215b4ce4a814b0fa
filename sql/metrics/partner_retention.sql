-- into: metrics.result
-- about: Of the partners with a commercial event in the 12 months before the last 12, those with one in the last 12, at the end of each month (R119).
with

setting as (

    select as_of
    from config.setting

),

-- 12 and 24 months before are always counted from the end itself
months as (

    select
        months.month,
        least(months.month_ends_on, setting.as_of) as ends_on,
        add_months(least(months.month_ends_on, setting.as_of), -12) as year_before_on,
        add_months(least(months.month_ends_on, setting.as_of), -24) as two_years_before_on
    from metrics.month as months
    cross join setting
    where months.month_starts_on <= setting.as_of

),

cuts as (

    select ends_on as cut_on
    from months
    union
    select year_before_on as cut_on
    from months
    union
    select two_years_before_on as cut_on
    from months

),

-- each day belongs to the first cut on or after it, so that a span between two cuts is a whole number of such pieces
day_cuts as (

    select days.day, min(cuts.cut_on) as cut_on
    from metrics.day as days
    inner join cuts on cuts.cut_on >= days.day
    group by days.day

),

acted as (

    select distinct events.partner_key, day_cuts.cut_on
    from attribution.int_partner_day as events
    inner join marts.dim_partner as partners on partners.partner_key = events.partner_key
    inner join day_cuts on day_cuts.day = events.event_on
    where not partners.is_prospect

),

returned as (

    select
        months.month,
        acted.partner_key,
        max(case when acted.cut_on > months.year_before_on then 1 else 0 end) as is_back
    from months
    inner join acted on acted.cut_on > months.two_years_before_on and acted.cut_on <= months.ends_on
    group by months.month, acted.partner_key
    having min(acted.cut_on) <= max(months.year_before_on)

),

final as (

    select
        'partner_retention' as metric,
        'ratio' as unit,
        'plain' as parts,
        'month' as period_kind,
        returned.month as period,
        members.slice,
        members.slice_key,
        sum(returned.is_back) as numerator,
        count(*) as denominator,
        count(*) as n
    from returned
    inner join metrics.slice_member as members on members.partner_key = returned.partner_key
    group by returned.month, members.slice, members.slice_key

)

select * from final
