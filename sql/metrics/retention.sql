-- into: metrics.result
-- about: What the recurring revenue of the customers of a year ago has become, without and with growth, by month (R70).
with

setting as (

    select as_of
    from config.setting

),

recurring as (

    select customer_key, class, source_partner_key, month_on, mrr_minor
    from marts.fct_recurring

),

-- customers with recurring revenue 12 months earlier; what they pay now may be nothing
compared as (

    select
        earlier.class,
        earlier.source_partner_key as partner_key,
        add_months(earlier.month_on, 12) as month_on,
        sum(earlier.mrr_minor) as earlier_minor,
        sum(coalesce(later.mrr_minor, 0)) as later_minor,
        sum(least(coalesce(later.mrr_minor, 0), earlier.mrr_minor)) as kept_minor,
        count(*) as n
    from recurring as earlier
    left join recurring as later
        on later.customer_key = earlier.customer_key
        and later.month_on = add_months(earlier.month_on, 12)
    where earlier.mrr_minor > 0
    group by earlier.class, earlier.source_partner_key, earlier.month_on

),

by_slice as (

    select '' as variant, 'program' as slice, 'all' as slice_key, month_on, earlier_minor, later_minor, kept_minor, n
    from compared
    union all
    select '.' || class as variant, 'program' as slice, 'all' as slice_key, month_on, earlier_minor, later_minor, kept_minor, n
    from compared
    where class is not null
    union all
    select
        '' as variant,
        members.slice,
        members.slice_key,
        compared.month_on,
        compared.earlier_minor,
        compared.later_minor,
        compared.kept_minor,
        compared.n
    from compared
    inner join metrics.slice_member as members on members.partner_key = compared.partner_key
    where members.slice <> 'program'

),

totals as (

    select
        by_slice.variant,
        by_slice.slice,
        by_slice.slice_key,
        months.month,
        sum(by_slice.earlier_minor) as earlier_minor,
        sum(by_slice.later_minor) as later_minor,
        sum(by_slice.kept_minor) as kept_minor,
        sum(by_slice.n) as n
    from by_slice
    inner join metrics.month as months on months.month_starts_on = by_slice.month_on
    cross join setting
    where by_slice.month_on <= setting.as_of
    group by by_slice.variant, by_slice.slice, by_slice.slice_key, months.month

),

unioned as (

    select 'gross_retention' || variant as metric, month, slice, slice_key, kept_minor as numerator, earlier_minor as denominator, n
    from totals
    union all
    select 'net_retention' || variant as metric, month, slice, slice_key, later_minor as numerator, earlier_minor as denominator, n
    from totals

),

final as (

    select
        metric,
        'ratio' as unit,
        'money' as parts,
        'month' as period_kind,
        month as period,
        slice,
        slice_key,
        numerator,
        denominator,
        n
    from unioned

)

select * from final
