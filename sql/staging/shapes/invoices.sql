-- model: input.invoices
-- about: Each row is one invoice as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as customer_id,
    null::varchar as number,
    null::varchar as status,
    null::varchar as issued_at,
    null::varchar as currency,
    null::varchar as total,
    null::varchar as tax,
    null::varchar as deal_id,
    null::varchar as subscription_id,
    null::varchar as recurring_amount,
    null::varchar as period_starts_on,
    null::varchar as period_ends_on
where false
