-- model: staging.deal_record
-- grain: record_key
-- about: Each row is one deal's record that was not counted: merged into another deal, or left out.
-- checks: unique(grain)
with

final as (

    select records.record_key, records.deal_key
    from published.staging.deal_record as records
    left join published.marts.fct_deal as deals on deals.deal_key = records.record_key
    where deals.deal_key is null

)

select * from final
