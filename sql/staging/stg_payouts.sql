-- model: staging.stg_payouts
-- grain: payout_key
-- about: Each row is one payout to a partner made by the as-of date.
-- checks: unique(grain); not_null(payout_key, partner_key, paid_at, paid_on, amount_minor, currency); found(partner_key in staging.stg_partners.partner_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

final as (

    select
        payouts.payout_key,
        partners.partner_key,
        payouts.paid_at,
        local_date(payouts.paid_at, setting.timezone) as paid_on,
        payouts.amount_minor,
        payouts.currency,
        payouts.reference
    from input.typed_payouts as payouts
    cross join setting
    inner join staging.partner_record as partners on partners.record_key = payouts.partner_reference
    where payouts.problem is null and payouts.paid_at < setting.as_of_moment

)

select * from final
