-- model: input.deals
-- about: Each row is one deal as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as account_id,
    null::varchar as name,
    null::varchar as pipeline,
    null::varchar as stage,
    null::varchar as state,
    null::varchar as order_type,
    null::varchar as amount,
    null::varchar as currency,
    null::varchar as probability,
    null::varchar as created_at,
    null::varchar as closed_on,
    null::varchar as expected_close_on,
    null::varchar as owner,
    null::varchar as next_step,
    null::varchar as lost_reason,
    null::varchar as partner_id,
    null::varchar as partner_role,
    null::varchar as partner_declared_at,
    null::varchar as excluded_as,
    null::varchar as merged_into_id
where false
