-- model: input.deal_partners
-- about: Each row is one role of a partner on a deal as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as deal_id,
    null::varchar as partner_id,
    null::varchar as role,
    null::varchar as share,
    null::varchar as recorded_at,
    null::varchar as removed_at
where false
