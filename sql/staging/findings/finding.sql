-- model: staging.finding
-- about: Each row is something about a row that stays in: what was found, what to do, and its money in its own currency with the day whose rate converts it.
select
    null::varchar as check_id,
    null::varchar as entity,
    null::varchar as entity_key,
    null::varchar as message,
    null::varchar as fix,
    null::bigint as amount_minor,
    null::varchar as currency,
    null::date as at
where false
