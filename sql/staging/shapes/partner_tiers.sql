-- model: input.partner_tiers
-- about: Each row is one tier that a partner came into, from sources that keep a history of it (R65), every column text; the feeders fill it. An empty tier is one that was taken away.
select
    null::varchar as source,
    null::varchar as id,
    null::varchar as tier,
    null::varchar as entered_at
where false
