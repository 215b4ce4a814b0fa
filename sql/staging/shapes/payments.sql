-- model: input.payments
-- about: Each row is one payment as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as invoice_id,
    null::varchar as paid_at,
    null::varchar as amount,
    null::varchar as currency,
    null::varchar as is_out_of_band
where false
