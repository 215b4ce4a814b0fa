-- model: input.deal_stages
-- about: Each row is one entry of a deal into a stage as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as deal_id,
    null::varchar as stage,
    null::varchar as entered_at
where false
