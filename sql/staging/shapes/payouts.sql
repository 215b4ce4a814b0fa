-- model: input.payouts
-- about: Each row is one payout as a source has it, every column text; the feeders fill it.
select
    null::varchar as source,
    null::varchar as record_id,
    null::varchar as id,
    null::varchar as partner_id,
    null::varchar as paid_at,
    null::varchar as amount,
    null::varchar as currency,
    null::varchar as reference
where false
