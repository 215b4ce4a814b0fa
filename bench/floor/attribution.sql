-- What counts for which deal, who brought it, how it is shared and what of it was paid: one statement each.
create table evidence as
select deal_key, account_key, touch_key, partner_key, 'touches' as touch_table, '' as role, occurred_at, occurred_on from touches where kind <> 'login'
union all
select deal_key, null, deal_key || partner_key || role, partner_key, 'deal_partners', role, recorded_at, recorded_at::date from deal_partners
union all
select deal_key, null, deal_key, partner_key, 'deals', '', partner_declared_at, partner_declared_at::date from deals where partner_key is not null
union all
select deal_key, null, lead_key, partner_key, 'leads', '', received_at, received_at::date from leads where accepted_at is not null
union all
select deal_key, null, registration_key, partner_key, 'registrations', '', submitted_at, submitted_at::date from registrations where status = 'approved';

create table counted as
select d.deal_key, e.touch_table, e.touch_key, e.role, e.partner_key, e.occurred_at, e.occurred_on, coalesce(d.closed_on, date '2026-09-30') - e.occurred_on as days_before
from evidence as e inner join deals as d on d.deal_key = e.deal_key
where e.occurred_on between d.created_on - 90 and coalesce(d.closed_on, date '2026-09-30')
union all
select d.deal_key, e.touch_table, e.touch_key, e.role, e.partner_key, e.occurred_at, e.occurred_on, coalesce(d.closed_on, date '2026-09-30') - e.occurred_on
from evidence as e inner join deals as d on d.account_key = e.account_key
where e.deal_key is null and e.occurred_on between d.created_on - 90 and coalesce(d.closed_on, date '2026-09-30');

create table sources as
select deal_key, partner_key, rule
from (
    select *, row_number() over (partition by deal_key order by rule, partner_key) as place
    from (
        select r.deal_key, r.partner_key, 2 as rule
        from registrations as r inner join deals as d on d.deal_key = r.deal_key
        where r.status = 'approved' and r.decided_at::date + 90 >= coalesce(d.closed_on, date '2026-09-30')
        union all
        select deal_key, partner_key, 3 from deal_partners where role = 'sourced'
        union all
        select deal_key, partner_key, 3 from deals where partner_key is not null
        union all
        select deal_key, partner_key, 4 from leads where accepted_at is not null
    )
)
where place = 1;

create table helped as
select deal_key, partner_key, max(is_source) as is_source, count(*) over (partition by deal_key) as partners,
    row_number() over (partition by deal_key order by partner_key) as place, max(max(is_source)) over (partition by deal_key) as has_source
from (select deal_key, partner_key, 0 as is_source from counted union all select deal_key, partner_key, 1 from sources)
group by deal_key, partner_key;

create table weights as
with path as (
    select c.deal_key, c.partner_key, c.days_before, h.partners, h.place as partner_place,
        row_number() over (
            partition by c.deal_key
            order by c.occurred_at, c.touch_table, case when c.touch_table = 'deal_partners' then c.partner_key end,
                case when c.touch_table = 'deal_partners' then c.role end, c.touch_key
        ) as place,
        count(*) over (partition by c.deal_key) as steps,
        min(c.days_before) over (partition by c.deal_key) as nearest
    from counted as c inner join (select * from helped where partners > 1) as h on h.deal_key = c.deal_key and h.partner_key = c.partner_key
),
walked as (
    select deal_key, partner_key, max((place = 1)::int) as is_first, max((place = steps)::int) as is_last,
        min(steps) as steps, min(partners) as partners, min(partner_place) as place,
        sum(case when steps <= 2 then 1 when place in (1, steps) then 40 * (steps - 2) else 20 end)::bigint as position_weight,
        sum(round(1000000000000 * power(2, -(days_before - nearest) / 30.0))::bigint)::bigint as decay_weight
    from path
    group by deal_key, partner_key
)
select deal_key, partner_key, 'sourced_wins' as model, 1::bigint as weight, 1::bigint as total, 1::bigint as partners, 1::bigint as place from sources
union all
select deal_key, partner_key, 'declared_split', sum(share)::bigint, sum(sum(share)) over (partition by deal_key)::bigint,
    count(*) over (partition by deal_key), row_number() over (partition by deal_key order by partner_key)
from deal_partners group by deal_key, partner_key
union all
select deal_key, partner_key, 'declared_split', 1, 1, 1, 1 from sources where deal_key not in (select deal_key from deal_partners)
union all
select deal_key, partner_key, unnest(['first_touch', 'last_touch', 'linear', 'position', 'time_decay', 'source_split']), 1, 1, 1, 1 from helped where partners = 1
union all
select deal_key, partner_key, 'first_touch', 1, 1, 1, 1 from walked where is_first = 1
union all
select deal_key, partner_key, 'last_touch', 1, 1, 1, 1 from walked where is_last = 1
union all
select deal_key, partner_key, 'linear', 1, partners, partners, place from helped where partners > 1
union all
select deal_key, partner_key, 'position', position_weight, case when steps <= 2 then steps else 100 * (steps - 2) end, partners, place from walked
union all
select deal_key, partner_key, 'time_decay', decay_weight, sum(decay_weight) over (partition by deal_key)::bigint, partners, place from walked where decay_weight > 0
union all
select deal_key, partner_key, 'source_split', case when has_source = 0 then 1 when is_source = 1 then 7000 * (partners - 1) else 3000 end,
    case when has_source = 0 then partners else 10000 * (partners - 1) end, partners, place
from helped where partners > 1;

create table deal_money as
select d.deal_key, (2 * d.amount_minor * r.millionths // 1000000 + 1) // 2 as amount_minor
from deals as d inner join rates as r on r.currency = d.currency and r.day = coalesce(d.closed_on, date '2026-09-30');

create table credit as
with shared as (
    select w.*, m.amount_minor as deal_minor
    from weights as w left join (select m.* from deal_money as m semi join deals as d on d.deal_key = m.deal_key and d.state = 'won') as m on m.deal_key = w.deal_key
)
select deal_key, partner_key, model, weight, total, floor_share(deal_minor, weight, total)
    + has_spare_unit(share_remainder(deal_minor, weight, total), weight, total, partners, place)::int as amount_minor
from shared
where partners <= 2 or total = partners or weight = total
union all
select deal_key, partner_key, model, weight, total, parts + (place * total <= remainders)::int
from (
    select *,
        row_number() over (partition by deal_key, model order by remainder desc, weight desc, partner_key) as place,
        sum(remainder) over (partition by deal_key, model) as remainders
    from (
        select deal_key, partner_key, model, weight, total, floor_share(deal_minor, weight, total) as parts, share_remainder(deal_minor, weight, total) as remainder
        from shared
        where partners > 2 and total > partners and weight < total
    )
);

create table collected as
select c.cash_key, i.deal_key, i.customer_key, c.occurred_on, c.cash_minor,
    sign(c.cash_minor) * ((2 * abs(c.cash_minor) * r.millionths // 1000000 + 1) // 2) as collected_minor
from cash as c inner join invoices as i on i.invoice_key = c.invoice_key inner join rates as r on r.currency = c.currency and r.day = c.occurred_on;

create table cash_credit as
select model, partner_key, occurred_on, sum(sign(collected_minor) * parts)::bigint as collected_minor
from (
    select w.model, w.partner_key, c.occurred_on, c.collected_minor, floor_share(c.collected_minor, w.weight, w.total)
        + has_spare_unit(share_remainder(c.collected_minor, w.weight, w.total), w.weight, w.total, w.partners, w.place)::int as parts
    from collected as c inner join weights as w on w.deal_key = c.deal_key and (w.partners <= 2 or w.total = w.partners or w.weight = w.total)
    union all
    select model, partner_key, occurred_on, collected_minor, parts + (place * total <= remainders)::int
    from (
        select *,
            row_number() over (partition by cash_key, model order by remainder desc, weight desc, partner_key) as place,
            sum(remainder) over (partition by cash_key, model) as remainders
        from (
            select c.cash_key, c.occurred_on, c.collected_minor, w.partner_key, w.model, w.weight, w.total,
                floor_share(c.collected_minor, w.weight, w.total) as parts, share_remainder(c.collected_minor, w.weight, w.total) as remainder
            from collected as c inner join weights as w on w.deal_key = c.deal_key and w.partners > 2 and w.total > w.partners and w.weight < w.total
        )
    )
)
group by all;
