-- model: input.leads
-- about: Each row is one lead as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as partner_id,
    null::varchar as account_id,
    null::varchar as deal_id,
    null::varchar as received_at,
    null::varchar as responded_at,
    null::varchar as accepted_at,
    null::varchar as rejected_at
where false
