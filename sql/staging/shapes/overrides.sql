-- model: input.overrides
-- about: Each row is one override of a deal as a source has it, every column text; the feeders fill it.
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as deal_id,
    null::varchar as partner_id,
    null::varchar as decision,
    null::varchar as reason,
    null::varchar as approver,
    null::varchar as decided_at
where false
