-- A company of getvariable('deals') deals and getvariable('partners') partners as tables in the columns of a file drop, with twice
-- as many touches and three times as many payments as deals, over the 24 months before 2026-09-30. hash() of a number and a salt
-- decides everything.
create macro pick(i, salt, n) as (hash(i * 1000003 + salt) % n)::bigint;
create macro day_of(n) as date '2024-10-01' + n::integer;
create macro major(cents, currency) as
    case when currency = 'JPY' then cents::varchar else (cents // 100)::varchar || '.' || lpad((cents % 100)::varchar, 2, '0') end;
create macro moment_of(n, i) as strftime(date '2024-10-01' + n::integer, '%Y-%m-%d') || 'T' || lpad(pick(i, 91, 24)::varchar, 2, '0') || ':15:00Z';

create table partners as
select
    'p' || i as id,
    'Partner ' || i as name,
    (['referral', 'co_sell', 'agency', 'integration', 'reseller', 'marketplace', 'services', 'affiliate'])[1 + pick(i, 1, 8)] as type,
    (['Gold', 'Silver', 'Bronze'])[1 + pick(i, 2, 3)] as tier,
    (['EMEA', 'AMER', 'APAC'])[1 + pick(i, 3, 3)] as region,
    'Manager ' || pick(i, 4, 12) as manager,
    'active' as status,
    strftime(day_of(pick(i, 5, 500)), '%Y-%m-%d') as agreed_on,
    'partner' || i || '.example' as domain
from range(getvariable('partners')) as r(i);

create table accounts as
select 'a' || i as id, 'Account ' || i as name, 'account' || i || '.example' as domain,
    (['EMEA', 'AMER', 'APAC'])[1 + pick(i, 6, 3)] as region,
    (['SMB', 'Mid', 'Enterprise'])[1 + pick(i, 7, 3)] as segment
from range(greatest(getvariable('deals') // 2, 1)) as r(i);

create table deal as
select
    i,
    pick(i, 10, 640) as created_day,
    pick(i, 11, 10) as fate,
    pick(i, 12, 120) + 5 as cycle,
    pick(i, 13, getvariable('deals') // 2) as account,
    pick(i, 14, getvariable('partners')) as partner,
    pick(i, 15, 10) as involvement,
    500000 + pick(i, 16, 9500000) as cents,
    (['USD', 'USD', 'USD', 'EUR', 'GBP', 'JPY'])[1 + pick(i, 17, 6)] as currency
from range(getvariable('deals')) as r(i);

create table closed as
select *, created_day + cycle as closed_day,
    case when created_day + cycle > 729 or fate >= 8 then 'open' when fate < 4 then 'won' else 'lost' end as state
from deal;

create table deals as
select
    'd' || i as id, 'a' || account as account_id, 'Deal ' || i as name, 'Sales' as pipeline,
    case state when 'won' then 'Won' when 'lost' then 'Lost' else 'Proposal' end as stage,
    state,
    (['new', 'new', 'expansion', 'renewal'])[1 + pick(i, 18, 4)] as order_type,
    major(cents, currency) as amount,
    currency,
    moment_of(created_day, i) as created_at,
    case when state <> 'open' then strftime(day_of(closed_day), '%Y-%m-%d') end as closed_on,
    strftime(day_of(closed_day), '%Y-%m-%d') as expected_close_on,
    'Owner ' || pick(i, 19, 40) as owner,
    case when involvement = 0 then 'p' || partner end as partner_id,
    case when involvement = 0 then 'sourced' end as partner_role,
    case when involvement = 0 then moment_of(created_day, i) end as partner_declared_at
from closed;

create table pipeline_stages as
select * from (values
    ('Sales', 'Discovery', '1', '0.1', 'open', 'false'), ('Sales', 'Proposal', '2', '0.5', 'open', 'true'),
    ('Sales', 'Won', '3', '1', 'won', 'true'), ('Sales', 'Lost', '4', '0', 'lost', 'false')
) as t(pipeline, stage, position, probability, state, is_qualified);

create table deal_stages as
select 'd' || i as deal_id, 'Discovery' as stage, moment_of(created_day, i) as entered_at from closed
union all
select 'd' || i, 'Proposal', moment_of(created_day + cycle // 2, i) from closed where created_day + cycle // 2 <= 729
union all
select 'd' || i, case state when 'won' then 'Won' else 'Lost' end, moment_of(closed_day, i) from closed where state <> 'open';

create table registrations as
select 'r' || i as id, 'p' || partner as partner_id, 'd' || i as deal_id,
    moment_of(created_day, i) as submitted_at, moment_of(created_day + 1, i) as decided_at,
    (['approved', 'approved', 'approved', 'rejected'])[1 + pick(i, 20, 4)] as status
from closed where involvement between 1 and 3;

create table touches as
select 't' || i || '-' || n as id, 'p' || ((partner + n * 7) % getvariable('partners')) as partner_id,
    case when n < 2 then 'd' || i end as deal_id, 'a' || account as account_id,
    (['meeting', 'webinar', 'intro', 'login'])[1 + pick(i + n, 21, 4)] as kind,
    moment_of(greatest(created_day - 60 + pick(i, 22 + n, 110), 0), i) as occurred_at
from closed, range(3) as s(n) where involvement between 1 and 7;

create table deal_partners as
select 'd' || i as deal_id, 'p' || ((partner + n) % getvariable('partners')) as partner_id,
    case n when 0 then 'sourced' else 'co_sell' end as role, (70 - 40 * n)::varchar as share, moment_of(created_day, i) as recorded_at
from closed, range(2) as s(n) where involvement = 8;

create table leads as
select 'l' || i as id, 'p' || partner as partner_id, 'a' || account as account_id, 'd' || i as deal_id,
    moment_of(greatest(created_day - 10, 0), i) as received_at,
    case when pick(i, 24, 10) < 8 then moment_of(greatest(created_day - 9, 0), i) end as responded_at,
    case when pick(i, 24, 10) < 6 then moment_of(greatest(created_day - 8, 0), i) end as accepted_at
from closed where involvement = 9 and pick(i, 25, 2) = 0;

create table certifications as
select 'c' || i || '-' || n as id, 'p' || i as partner_id, 'Person ' || n as person, 'sales' as kind,
    strftime(day_of(pick(i, 26 + n, 600)), '%Y-%m-%d') as earned_on, strftime(day_of(pick(i, 26 + n, 600) + 365), '%Y-%m-%d') as expires_on
from range(getvariable('partners')) as r(i), range(2) as s(n) where pick(i, 28, 3) > 0;

create table activities as
select 'x' || i || '-' || n as id, 'p' || i as partner_id, (['login', 'content_view', 'download', 'training'])[1 + pick(i + n, 29, 4)] as kind,
    moment_of(pick(i * 50 + n, 34, 730), i) as occurred_at
from range(getvariable('partners')) as r(i), range(50) as s(n);

create table "overlaps" as
select 'p' || pick(i, 35, getvariable('partners')) as partner_id, 'a' || i as account_id,
    (['customer', 'prospect'])[1 + pick(i, 36, 2)] as kind, strftime(day_of(pick(i, 37, 730)), '%Y-%m-%d') as identified_on
from range(getvariable('deals') // 20) as r(i);

create table customers as
select 'c' || i as id, 'Account ' || i as name, 'account' || i || '.example' as domain from range(greatest(getvariable('deals') // 2, 1)) as r(i);

-- a won deal is paid in eight parts up to the last day; renewals recur
create table invoices as
select 'i' || i || '-' || n as id, 'c' || account as customer_id, 'paid' as status,
    moment_of(closed_day + n * ((729 - closed_day) // 8), i) as issued_at, currency,
    major(cents // 8, currency) as total, '0' as tax, 'd' || i as deal_id,
    case when pick(i, 18, 4) = 3 then major(cents // 8, currency) end as recurring_amount,
    case when pick(i, 18, 4) = 3 then strftime(day_of(closed_day + n * ((729 - closed_day) // 8)), '%Y-%m-%d') end as period_starts_on,
    case when pick(i, 18, 4) = 3 then strftime(day_of(closed_day + (n + 1) * ((729 - closed_day) // 8)), '%Y-%m-%d') end as period_ends_on
from closed, range(8) as s(n) where state = 'won';

create table payments as
select 'pay' || substr(id, 2) as id, id as invoice_id, issued_at as paid_at, total as amount, currency from invoices;

create table refunds as
select 'ref' || substr(id, 4) as id, id as payment_id, paid_at as refunded_at, amount, currency from payments where pick(hash(id) % 1000000, 30, 50) = 0;

create table fx_rates as
select strftime(day_of(d), '%Y-%m-%d') as "on", currency as from_currency, 'USD' as to_currency,
    (base + pick(d, 31, 100))::decimal(18, 6) / 10000 as rate
from range(730) as r(d), (values ('EUR', 10800), ('GBP', 12500), ('JPY', 66)) as c(currency, base);

create table targets as
select 'program' as slice, 'all' as slice_key, 'sourced_bookings' as metric, y || '-Q' || q as period, '1000000' as amount, 'USD' as currency
from range(2025, 2027) as a(y), range(1, 5) as b(q);
