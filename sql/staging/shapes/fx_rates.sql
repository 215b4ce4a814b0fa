-- model: input.fx_rates
-- about: Each row is one rate of a pair of currencies on a day as a source has it, every column text; the feeders fill it.
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as "on",
    null::varchar as from_currency,
    null::varchar as to_currency,
    null::varchar as rate
where false
