-- model: input.partners
-- about: Each row is one partner as a source has it, every column text; the feeders fill it.
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as name,
    null::varchar as type,
    null::varchar as tier,
    null::varchar as region,
    null::varchar as manager,
    null::varchar as status,
    null::varchar as agreed_on,
    null::varchar as ended_on,
    null::varchar as domain,
    null::varchar as parent_id,
    null::varchar as same_as
where false
