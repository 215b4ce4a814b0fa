-- check: late_claim
-- severity: warning
-- stops: no
-- about: Evidence recorded so long after the close that it does not count.
with

final as (

    select
        touches.touch_table as entity,
        touches.touch_key as entity_key,
        coalesce(partners.name, touches.partner_key) || ': ' || replace(touches.kind, '_', ' ') || ' on ' || coalesce(deals.name || ' (' || deals.deal_key || ')', deals.deal_key) || ' was recorded on ' || say_date(coalesce(touches.recorded_on, touches.occurred_on)) || ', '
        || day_diff(deals.closed_on, coalesce(touches.recorded_on, touches.occurred_on)) || ' days after the deal closed on '
        || say_date(deals.closed_on) || '; ' || setting.late_days || ' are allowed, so it does not count' as message,
        'if it is right all the same, record an override for the deal; else leave it' as fix,
        deals.amount_reporting_minor
    from attribution.int_verdict as touches
    inner join marts.fct_deal as deals on deals.deal_key = touches.deal_key
    left join staging.stg_partners as partners on partners.partner_key = touches.partner_key
    cross join config.setting
    where touches.verdict = 'recorded_late'

)

select * from final
