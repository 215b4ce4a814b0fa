-- Each entity from its records into types: one statement, one pass.
create table partners as
select 'drop:' || (payload ->> '$.id') as partner_key, payload ->> '$.type' as type, payload ->> '$.tier' as tier,
    payload ->> '$.region' as region, payload ->> '$.manager' as manager
from record where stream = 'partners';

create table accounts as
select 'drop:' || cell.id as account_key, cell.name, cell.domain, cell.region, cell.segment
from (
    select json_transform(payload, '{"id": "VARCHAR", "name": "VARCHAR", "domain": "VARCHAR", "region": "VARCHAR", "segment": "VARCHAR"}') as cell
    from record where stream = 'accounts'
);

create table deals as
select
    'drop:' || cell.id as deal_key, 'drop:' || cell.account_id as account_key, cell.name, cell.stage, cell.state, cell.order_type,
    case when cell.currency = 'JPY' then cell.amount::bigint else (cell.amount::decimal(16, 2) * 100)::bigint end as amount_minor,
    cell.currency, cell.created_at, cell.created_at::date as created_on, cell.closed_on, cell.expected_close_on, cell.owner,
    'drop:' || cell.partner_id as partner_key, cell.partner_declared_at
from (
    select json_transform(payload, '{"id": "VARCHAR", "account_id": "VARCHAR", "name": "VARCHAR", "stage": "VARCHAR", "state": "VARCHAR",
        "order_type": "VARCHAR", "amount": "VARCHAR", "currency": "VARCHAR", "created_at": "TIMESTAMP", "closed_on": "DATE",
        "expected_close_on": "DATE", "owner": "VARCHAR", "partner_id": "VARCHAR", "partner_declared_at": "TIMESTAMP"}') as cell
    from record where stream = 'deals'
);

create table deal_stages as
select 'drop:' || cell.deal_id as deal_key, cell.stage, cell.entered_at, cell.entered_at::date as entered_on
from (
    select json_transform(payload, '{"deal_id": "VARCHAR", "stage": "VARCHAR", "entered_at": "TIMESTAMP"}') as cell
    from record where stream = 'deal_stages'
);

create table deal_partners as
select 'drop:' || cell.deal_id as deal_key, 'drop:' || cell.partner_id as partner_key, cell.role, cell.share, cell.recorded_at
from (
    select json_transform(payload, '{"deal_id": "VARCHAR", "partner_id": "VARCHAR", "role": "VARCHAR", "share": "BIGINT", "recorded_at": "TIMESTAMP"}') as cell
    from record where stream = 'deal_partners'
);

create table registrations as
select 'drop:' || cell.id as registration_key, 'drop:' || cell.partner_id as partner_key, 'drop:' || cell.deal_id as deal_key,
    cell.submitted_at, cell.decided_at, cell.status
from (
    select json_transform(payload, '{"id": "VARCHAR", "partner_id": "VARCHAR", "deal_id": "VARCHAR", "submitted_at": "TIMESTAMP",
        "decided_at": "TIMESTAMP", "status": "VARCHAR"}') as cell
    from record where stream = 'registrations'
);

create table leads as
select 'drop:' || cell.id as lead_key, 'drop:' || cell.partner_id as partner_key, 'drop:' || cell.deal_id as deal_key,
    cell.received_at, cell.accepted_at
from (
    select json_transform(payload, '{"id": "VARCHAR", "partner_id": "VARCHAR", "deal_id": "VARCHAR", "received_at": "TIMESTAMP", "accepted_at": "TIMESTAMP"}') as cell
    from record where stream = 'leads'
);

create table touches as
select 'drop:' || cell.id as touch_key, 'drop:' || cell.partner_id as partner_key, 'drop:' || cell.deal_id as deal_key,
    'drop:' || cell.account_id as account_key, cell.kind, cell.occurred_at, cell.occurred_at::date as occurred_on
from (
    select json_transform(payload, '{"id": "VARCHAR", "partner_id": "VARCHAR", "deal_id": "VARCHAR", "account_id": "VARCHAR",
        "kind": "VARCHAR", "occurred_at": "TIMESTAMP"}') as cell
    from record where stream = 'touches'
);

create table invoices as
select 'drop:' || cell.id as invoice_key, 'drop:' || cell.customer_id as customer_key, 'drop:' || cell.deal_id as deal_key,
    cell.issued_at::date as issued_on, cell.currency,
    case when cell.currency = 'JPY' then cell.total::bigint else (cell.total::decimal(16, 2) * 100)::bigint end as total_minor,
    case when cell.currency = 'JPY' then cell.recurring_amount::bigint else (cell.recurring_amount::decimal(16, 2) * 100)::bigint end as recurring_minor,
    cell.period_starts_on, cell.period_ends_on
from (
    select json_transform(payload, '{"id": "VARCHAR", "customer_id": "VARCHAR", "deal_id": "VARCHAR", "issued_at": "TIMESTAMP", "currency": "VARCHAR",
        "total": "VARCHAR", "recurring_amount": "VARCHAR", "period_starts_on": "DATE", "period_ends_on": "DATE"}') as cell
    from record where stream = 'invoices'
);

create table cash as
select 'drop:' || cell.id as cash_key, 'drop:' || cell.invoice_id as invoice_key, cell.paid_at::date as occurred_on, cell.currency,
    case when cell.currency = 'JPY' then cell.amount::bigint else (cell.amount::decimal(16, 2) * 100)::bigint end as cash_minor
from (
    select json_transform(payload, '{"id": "VARCHAR", "invoice_id": "VARCHAR", "paid_at": "TIMESTAMP", "amount": "VARCHAR", "currency": "VARCHAR"}') as cell
    from record where stream = 'payments'
)
union all
select 'drop:' || cell.id, 'drop:i' || substr(cell.payment_id, 4), cell.refunded_at::date, cell.currency,
    -case when cell.currency = 'JPY' then cell.amount::bigint else (cell.amount::decimal(16, 2) * 100)::bigint end
from (
    select json_transform(payload, '{"id": "VARCHAR", "payment_id": "VARCHAR", "refunded_at": "TIMESTAMP", "amount": "VARCHAR", "currency": "VARCHAR"}') as cell
    from record where stream = 'refunds'
);

create table rates as
select (payload ->> '$.on')::date as day, payload ->> '$.from_currency' as currency,
    ((payload ->> '$.rate')::decimal(18, 6) * 1000000)::bigint * case when payload ->> '$.from_currency' = 'JPY' then 100 else 1 end as millionths
from record where stream = 'fx_rates'
union all
select day::date, 'USD', 1000000 from range(date '2024-10-01', date '2026-10-01', interval 1 day) as days(day);
