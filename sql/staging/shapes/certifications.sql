-- model: input.certifications
-- about: Each row is one certification as a source has it, every column text; a view over its feeders, since one model alone reads it.
-- as: view
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as partner_id,
    null::varchar as person,
    null::varchar as kind,
    null::varchar as level,
    null::varchar as earned_on,
    null::varchar as expires_on
where false
