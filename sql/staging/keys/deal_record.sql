-- model: staging.deal_record
-- grain: record_key
-- about: Each row is one deal's record, also of a deal not yet created or left out, and the deal it was merged into at any depth (R21).
-- checks: unique(grain); not_null(record_key, deal_key)
with

survivors as (

    select record_key, survivor_key
    from input.survivor
    where entity = 'deals'

),

final as (

    select
        records.record_key,
        coalesce(survivors.survivor_key, records.record_key) as deal_key
    from input.typed_deals as records
    left join survivors on survivors.record_key = records.record_key
    where records.problem is null

)

select * from final
