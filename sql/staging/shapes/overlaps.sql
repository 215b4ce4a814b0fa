-- model: input.overlaps
-- about: Each row is one overlap as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as partner_id,
    null::varchar as account_id,
    null::varchar as kind,
    null::varchar as identified_on
where false
