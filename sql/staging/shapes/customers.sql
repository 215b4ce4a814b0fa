-- model: input.customers
-- about: Each row is one customer as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as name,
    null::varchar as email,
    null::varchar as domain,
    null::varchar as account_id,
    null::varchar as created_at
where false
