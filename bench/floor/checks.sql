-- Keys stand once, and money adds up at every step.
create table failure as
select 'deals' as what, count(*) as failures from (select deal_key from fct_deal group by deal_key having count(*) > 1)
union all select 'stages', count(*) from (select deal_key, stage from fct_stage group by all having count(*) > 1)
union all select 'touches', count(*) from (select touch_key from touches group by all having count(*) > 1)
union all select 'cash', count(*) from (select cash_key from collected group by all having count(*) > 1)
union all select 'partners of deals', count(*) from (select deal_key, partner_key from helped group by all having count(*) > 1)
union all select 'shares', count(*) from (
    select c.deal_key, c.model from credit as c inner join fct_deal as d on d.deal_key = c.deal_key where d.state = 'won'
    group by c.deal_key, c.model having sum(c.amount_minor) <> max(d.amount_reporting_minor))
union all select 'weights', count(*) from (select deal_key, model from weights group by all having sum(weight) <> max(total))
union all select 'cash of deals', count(*) from (
    select e.model, e.occurred_on, any_value(e.collected_minor) as expected, sum(c.collected_minor) as credited
    from (
        select m.model, c.occurred_on, sum(c.collected_minor) as collected_minor
        from collected as c inner join (select distinct deal_key, model from weights) as m on m.deal_key = c.deal_key group by all
    ) as e left join cash_credit as c on c.model = e.model and c.occurred_on = e.occurred_on
    group by all having expected <> credited)
union all select 'nulls', count(*) from fct_deal where state is null or class is null or amount_reporting_minor is null
union all select 'sources', count(*) from fct_deal where source_partner_key not in (select partner_key from partners);
