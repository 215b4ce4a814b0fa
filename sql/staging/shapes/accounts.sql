-- model: input.accounts
-- about: Each row is one account as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as name,
    null::varchar as domain,
    null::varchar as region,
    null::varchar as segment,
    null::varchar as country,
    null::varchar as created_at,
    null::varchar as customer_ids,
    null::varchar as same_as,
    null::varchar as merged_into_id
where false
