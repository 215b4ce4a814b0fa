-- model: input.refunds
-- about: Each row is one refund as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as payment_id,
    null::varchar as refunded_at,
    null::varchar as amount,
    null::varchar as currency,
    null::varchar as kind,
    null::varchar as reason
where false
