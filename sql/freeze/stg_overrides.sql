-- model: staging.stg_overrides
-- grain: deal_key, place
-- about: Each row is one override that was on record.
-- checks: unique(grain)
with

final as (

    select deal_key, partner_key, decision, reason, approver, decided_at, place
    from published.staging.stg_overrides

)

select * from final
