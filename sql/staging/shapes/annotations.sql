-- model: input.annotations
-- about: Each row is one annotation as a source has it, every column text; the feeders fill it.
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as "on",
    null::varchar as text,
    null::varchar as scope,
    null::varchar as author
where false
