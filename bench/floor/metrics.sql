-- Sums by partner and month in one pass over each fact, then every slice and period from those few rows, then the values.
create table flow as
select partner_key, date_trunc('month', day) as month_on, metric, sum(numerator) as numerator, sum(denominator) as denominator
from (
    select source_partner_key as partner_key, closed_on as day,
        unnest(['won_deals', 'win_rate', 'sourced_bookings', 'average_deal', 'cycle_days']) as metric,
        unnest([won, won, won_minor, won_minor, cycle_days]) as numerator, unnest([null, closed, null, won, won]) as denominator
    from (
        select source_partner_key, closed_on, count(*) filter (where state = 'won') as won, count(*) as closed,
            sum(amount_reporting_minor) filter (where state = 'won') as won_minor, sum(cycle_days) as cycle_days
        from fct_deal where class = 'sourced' and state <> 'open' group by all
    )
    union all select null, closed_on, class || '_bookings', sum(amount_reporting_minor), null from fct_deal where state = 'won' and class <> 'sourced' group by all
    union all select case when class = 'sourced' then source_partner_key end, created_on, 'created_pipeline.' || class, sum(amount_reporting_minor), null from fct_deal group by all
    union all select c.partner_key, d.closed_on, 'credited_bookings.' || c.model, sum(c.amount_minor), null
        from credit as c inner join deals as d on d.deal_key = c.deal_key where d.state = 'won' group by all
    union all select partner_key, occurred_on, 'credited_collected.' || model, sum(collected_minor), null from cash_credit group by all
    union all select case when d.class = 'sourced' then d.source_partner_key end, c.occurred_on, d.class || '_collected', sum(c.collected_minor), null
        from collected as c inner join fct_deal as d on d.deal_key = c.deal_key group by all
    union all select partner_key, occurred_on, case when amount_minor > 0 then 'commission_earned' else 'commission_reversed' end, sum(abs(amount_minor)), null
        from fct_commission group by all
    union all select partner_key, submitted_at::date, unnest(['registrations', 'approval_rate']), unnest([count(*), count(*) filter (where status = 'approved')]), unnest([null, count(*)])
        from registrations group by partner_key, submitted_at::date
)
group by all;

create table slices as
select partner_key, unnest(['program', 'partner', 'type', 'tier', 'region', 'manager']) as slice, unnest(['all', partner_key, type, tier, region, manager]) as slice_key
from partners;

create table value as
select metric, period_kind, period, slice, slice_key, sum(numerator) as numerator, sum(denominator) as denominator,
    sum(numerator)::double / coalesce(sum(denominator), 1) as value
from (
    select f.metric, f.numerator, f.denominator, s.slice, s.slice_key,
        unnest(['month', 'quarter', 'year']) as period_kind,
        unnest([strftime(f.month_on, '%Y-%m'), year(f.month_on) || '-Q' || quarter(f.month_on), year(f.month_on)::varchar]) as period
    from flow as f left join slices as s on s.partner_key = f.partner_key
)
group by all
order by all;

create table median as
select metric, period_kind, period, slice, slice_key, median(sample) as value, count(*) as n
from (
    select v.metric, v.sample, s.slice, s.slice_key,
        unnest(['month', 'quarter', 'year']) as period_kind,
        unnest([strftime(v.day, '%Y-%m'), year(v.day) || '-Q' || quarter(v.day), year(v.day)::varchar]) as period
    from (
        select 'median_deal' as metric, source_partner_key as partner_key, closed_on as day, amount_reporting_minor as sample from fct_deal where class = 'sourced' and state = 'won'
        union all select 'cycle_days_median', source_partner_key, closed_on, cycle_days from fct_deal where class = 'sourced' and state = 'won'
        union all select 'stage_days_median.' || t.stage, d.source_partner_key, t.entered_at::date, t.days from fct_stage as t inner join fct_deal as d on d.deal_key = t.deal_key
    ) as v
    inner join slices as s on s.partner_key = v.partner_key
)
group by all
order by all;

create table influence as
select s.slice, s.slice_key, strftime(d.closed_on, '%Y-%m') as period, sum(d.amount_reporting_minor) as amount_minor
from (select distinct h.deal_key, s.slice, s.slice_key from helped as h inner join slices as s on s.partner_key = h.partner_key where h.is_source = 0) as s
inner join fct_deal as d on d.deal_key = s.deal_key
where d.state = 'won'
group by all;

create table engaged as
select s.slice, s.slice_key, strftime(e.event_on, '%Y-%m') as period, count(distinct e.partner_key) as partners
from fct_partner_day as e inner join slices as s on s.partner_key = e.partner_key
group by all;
