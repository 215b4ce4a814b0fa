-- model: input.registrations
-- about: Each row is one registration as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as partner_id,
    null::varchar as deal_id,
    null::varchar as account_id,
    null::varchar as submitted_at,
    null::varchar as decided_at,
    null::varchar as status,
    null::varchar as protection_ends_on,
    null::varchar as approver,
    null::varchar as amount,
    null::varchar as currency
where false
