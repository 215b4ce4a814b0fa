-- into: metrics.result
-- about: Of the partners agreed before a period and not ended by its last day, those that took part, used the portal or were trained in it (R83, R119).
with

setting as (

    select as_of
    from config.setting

),

engagements as (

    select partner_key, event_on
    from attribution.int_partner_day
    where kind in ('lead', 'registration', 'touch')

),

actions as (

    select 'engaged_rate' as metric, partner_key, event_on as acted_on
    from engagements
    union all
    select
        case when kind = 'training' then 'trained_rate' else 'portal_rate' end as metric,
        partner_key,
        occurred_on as acted_on
    from staging.stg_activities
    where kind in ('login', 'content_view', 'download', 'training')
    union all
    select 'trained_rate' as metric, partner_key, earned_on as acted_on
    from staging.stg_certifications

),

by_stretch as (

    select distinct actions.metric, actions.partner_key, days.stretch_on
    from actions
    inner join metrics.day as days on days.day = actions.acted_on

),

by_period as (

    select distinct by_stretch.metric, by_stretch.partner_key, stretches.period_id
    from by_stretch
    inner join metrics.stretch as stretches on stretches.stretch_on = by_stretch.stretch_on

),

rates as (

    select distinct metric
    from (values ('engaged_rate'), ('portal_rate'), ('trained_rate')) as named (metric)

),

-- all three begin with the first engagement there is (R80, R119)
periods as (

    select periods.period_id, periods.period_kind, periods.period, periods.starts_on, least(periods.ends_on, setting.as_of) as last_on
    from metrics.period as periods
    cross join setting
    where
        periods.period_kind <> 'current'
        and periods.starts_on <= setting.as_of
        and periods.ends_on >= (select min(event_on) from engagements)

),

base as (

    select partners.partner_key, periods.period_id
    from marts.dim_partner as partners
    inner join periods on partners.agreed_on < periods.starts_on
    where
        not partners.is_prospect
        and (not partners.is_ended or partners.ended_on > periods.last_on)

),

counted as (

    select
        rates.metric,
        base.period_id,
        members.slice_id,
        count(by_period.partner_key) as numerator,
        count(*) as n
    from base
    cross join rates
    inner join metrics.slice_member as members on members.partner_key = base.partner_key
    left join by_period
        on by_period.metric = rates.metric
        and by_period.partner_key = base.partner_key
        and by_period.period_id = base.period_id
    group by rates.metric, base.period_id, members.slice_id

),

final as (

    select
        counted.metric,
        'ratio' as unit,
        'plain' as parts,
        periods.period_kind,
        periods.period,
        slices.slice,
        slices.slice_key,
        counted.numerator,
        counted.n as denominator,
        counted.n
    from counted
    inner join periods on periods.period_id = counted.period_id
    inner join metrics.slice as slices on slices.slice_id = counted.slice_id

)

select * from final
