-- model: staging.quarantine
-- about: Each row is one reason why a row of a source is left out: a cell that cannot be read, a key that stands twice, a required reference to nothing. Its money stands once, however many cells are bad.
select
    null::varchar as check_id,
    null::varchar as source,
    null::varchar as entity,
    null::varchar as entity_key,
    null::varchar as file,
    null::bigint as line,
    null::varchar as column_name,
    null::varchar as value,
    null::varchar as message,
    null::varchar as fix,
    null::bigint as amount_minor,
    null::varchar as currency,
    null::date as amount_on
where false
