-- model: input.account_survivor
-- grain: record_key
-- about: Each row is one account's record and the one it was merged into at any depth (R21).
-- checks: unique(grain)
with

survivors as (

    select record_key, survivor_key
    from input.survivor
    where entity = 'accounts'

),

final as (

    select
        records.record_key,
        coalesce(survivors.survivor_key, records.record_key) as survivor_key
    from input.typed_accounts as records
    left join survivors on survivors.record_key = records.record_key
    where records.problem is null

)

select * from final
