-- model: input.pipeline_stages
-- about: Each row is one stage of a pipeline as a source has it, every column text; the feeders fill it.
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as pipeline,
    null::varchar as stage,
    null::varchar as position,
    null::varchar as probability,
    null::varchar as state,
    null::varchar as is_qualified
where false
