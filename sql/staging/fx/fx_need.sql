-- model: input.fx_need
-- grain: currency, day
-- about: Each row is one currency and day on which some amount is converted (R24, R25).
-- checks: unique(grain); not_null(currency, day)
with

setting as (

    select as_of
    from config.setting

),

facts as (

    select currency, closed_on as day from staging.stg_deals
    union
    select currency, created_on as day from staging.stg_deals
    union
    select currency, submitted_on as day from staging.stg_registrations
    union
    select currency, issued_on as day from staging.stg_invoices
    union
    select currency, paid_on as day from staging.stg_payments
    union
    select currency, refunded_on as day from staging.stg_refunds
    union
    select currency, paid_on as day from staging.stg_payouts
    union
    select currency, rate_day as day from input.resolved_target
    union
    select currency, amount_on as day from staging.quarantine

),

-- open deals and closed ones without a date are converted on the as-of date
final as (

    select currency, day from facts where day is not null
    union
    select facts.currency, setting.as_of as day from facts cross join setting
    union
    select settings.currency, settings.as_of as day from config.setting as settings

)

select * from final
where currency is not null
