-- The files of the drop into one table of records: each with the hash and the text of its cells.
create table record as
select 'partners' as stream, id, md5(payload) as hash, payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/partners.csv', all_varchar = true) as drop)
union all
select 'accounts', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/accounts.csv', all_varchar = true) as drop)
union all
select 'customers', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/customers.csv', all_varchar = true) as drop)
union all
select 'deals', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/deals.csv', all_varchar = true) as drop)
union all
select 'deal_stages', deal_id || '|' || stage || '|' || entered_at, md5(payload), payload
from (select *, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/deal_stages.csv', all_varchar = true) as drop)
union all
select 'deal_partners', deal_id || '|' || partner_id || '|' || role, md5(payload), payload
from (select *, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/deal_partners.csv', all_varchar = true) as drop)
union all
select 'registrations', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/registrations.csv', all_varchar = true) as drop)
union all
select 'leads', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/leads.csv', all_varchar = true) as drop)
union all
select 'touches', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/touches.csv', all_varchar = true) as drop)
union all
select 'invoices', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/invoices.csv', all_varchar = true) as drop)
union all
select 'payments', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/payments.csv', all_varchar = true) as drop)
union all
select 'refunds', id, md5(payload), payload
from (select id, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/refunds.csv', all_varchar = true) as drop)
union all
select 'fx_rates', "on" || '|' || from_currency, md5(payload), payload
from (select *, to_json(drop)::varchar as payload from read_csv(getvariable('drop') || '/fx_rates.csv', all_varchar = true) as drop);
