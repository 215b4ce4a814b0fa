-- model: input.targets
-- about: Each row is one target as a source has it, every column text; the feeders fill it.
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as slice,
    null::varchar as slice_key,
    null::varchar as metric,
    null::varchar as period,
    null::varchar as amount,
    null::varchar as currency
where false
