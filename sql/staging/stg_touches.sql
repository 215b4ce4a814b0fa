-- model: staging.stg_touches
-- grain: touch_key
-- about: Each row is one touch that occurred and was recorded by the as-of date (R17).
-- checks: unique(grain); not_null(touch_key, partner_key, kind, occurred_at, occurred_on); found(partner_key in staging.stg_partners.partner_key); found(account_key in staging.stg_accounts.account_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

final as (

    select
        touches.touch_key,
        partners.partner_key,
        deals.deal_key,
        accounts.account_key,
        touches.kind,
        touches.occurred_at,
        local_date(touches.occurred_at, setting.timezone) as occurred_on,
        touches.recorded_at,
        case when touches.removed_at < setting.as_of_moment then touches.removed_at end as removed_at,
        touches.evidence
    from input.typed_touches as touches
    cross join setting
    inner join staging.partner_record as partners on partners.record_key = touches.partner_reference
    left join staging.deal_record as deals on deals.record_key = touches.deal_reference
    left join staging.account_record as accounts on accounts.record_key = touches.account_reference
    where
        touches.problem is null
        and touches.occurred_at < setting.as_of_moment
        and coalesce(touches.recorded_at < setting.as_of_moment, true)

)

select * from final
