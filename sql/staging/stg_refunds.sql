-- model: staging.stg_refunds
-- grain: refund_key
-- about: Each row is one refund or lost dispute of a payment, made or lost by the as-of date; one whose key a payment has already is left out (R58).
-- checks: unique(grain); not_null(refund_key, payment_key, refunded_at, refunded_on, amount_minor, currency, kind); one_of(kind: refund, dispute); found(payment_key in staging.stg_payments.payment_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

final as (

    select
        refunds.refund_key,
        refunds.payment_reference as payment_key,
        refunds.refunded_at,
        local_date(refunds.refunded_at, setting.timezone) as refunded_on,
        refunds.amount_minor,
        refunds.currency,
        coalesce(refunds.kind, 'refund') as kind,
        refunds.reason
    from input.typed_refunds as refunds
    cross join setting
    semi join staging.stg_payments as payments on payments.payment_key = refunds.payment_reference
    anti join input.typed_payments as same_key
        on same_key.payment_key = refunds.refund_key
        and same_key.problem is null
    where refunds.problem is null and refunds.refunded_at < setting.as_of_moment

)

select * from final
