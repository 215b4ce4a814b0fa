-- The facts that pages read, in the order of their keys: one statement each.
create table fct_deal as
select d.*, m.amount_minor as amount_reporting_minor, s.partner_key as source_partner_key, s.rule,
    case when s.deal_key is not null then 'sourced' when h.deal_key is not null then 'influenced' else 'direct' end as class,
    case when d.state = 'won' then d.closed_on - coalesce(r.decided_at::date, d.created_on) end as cycle_days,
    coalesce(l.entered_on, d.created_on) as last_stage_on, a.name as account_name, a.region, a.segment
from deals as d
inner join deal_money as m on m.deal_key = d.deal_key
left join sources as s on s.deal_key = d.deal_key
left join (select distinct deal_key from helped) as h on h.deal_key = d.deal_key
left join (select r.* from registrations as r semi join sources as s on s.deal_key = r.deal_key and s.rule = 2) as r on r.deal_key = d.deal_key
left join (select deal_key, max(entered_on) as entered_on from deal_stages group by deal_key) as l on l.deal_key = d.deal_key
left join accounts as a on a.account_key = d.account_key
order by d.deal_key;

create table fct_stage as
select deal_key, stage, min(entered_at) as entered_at, sum(coalesce(left_on, date '2026-09-30') - entered_on) as days
from (select *, lead(entered_on) over (partition by deal_key order by entered_at, stage) as left_on from deal_stages)
where stage in ('Discovery', 'Proposal')
group by deal_key, stage
order by deal_key, stage;

create table fct_commission as
select c.cash_key, d.source_partner_key as partner_key, c.occurred_on, sign(c.collected_minor) * ((2 * abs(c.collected_minor) // 10 + 1) // 2) as amount_minor
from collected as c
inner join fct_deal as d on d.deal_key = c.deal_key and d.state = 'won'
inner join partners as p on p.partner_key = d.source_partner_key and p.type in ('referral', 'reseller', 'affiliate')
where c.occurred_on <= d.closed_on + interval 12 month
order by c.cash_key;

create table fct_recurring as
select i.customer_key, m.month_on, sum(i.recurring_minor * (least(i.period_ends_on, last_day(m.month_on)) - greatest(i.period_starts_on, m.month_on) + 1)
    // (i.period_ends_on - i.period_starts_on + 1))::bigint as mrr_minor
from invoices as i
inner join (select unnest(range(date '2024-10-01', date '2027-01-01', interval 1 month))::date as month_on) as m
    on m.month_on between date_trunc('month', i.period_starts_on) and i.period_ends_on
where i.recurring_minor is not null
group by all
order by all;

create table fct_partner_day as
select partner_key, event_on, kind, count(*) as events
from (
    select partner_key, occurred_on as event_on, 'touch' as kind from touches where kind <> 'login'
    union all select partner_key, submitted_at::date, 'registration' from registrations
    union all select partner_key, received_at::date, 'lead' from leads
    union all select h.partner_key, d.created_on, 'deal_created' from helped as h inner join deals as d on d.deal_key = h.deal_key
    union all select h.partner_key, s.entered_on, 'deal_stage' from helped as h inner join deal_stages as s on s.deal_key = h.deal_key
    union all select h.partner_key, d.closed_on, 'deal_won' from helped as h inner join deals as d on d.deal_key = h.deal_key where d.state = 'won'
)
group by all;
