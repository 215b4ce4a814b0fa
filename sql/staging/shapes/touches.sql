-- model: input.touches
-- about: Each row is one touch as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as partner_id,
    null::varchar as deal_id,
    null::varchar as account_id,
    null::varchar as kind,
    null::varchar as occurred_at,
    null::varchar as recorded_at,
    null::varchar as removed_at,
    null::varchar as evidence
where false
