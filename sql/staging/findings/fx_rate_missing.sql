-- into: staging.finding
-- about: Payouts, targets and recurring invoices of which no rate is known; they are in no converted total (R24).
with

setting as (

    select as_of, currency, fx_max_age_days
    from config.setting

),

converted as (

    select 'payouts' as entity, payout_key as entity_key, amount_minor, currency, paid_on as at
    from staging.stg_payouts
    union all
    select 'targets' as entity, concat_ws('|', slice, slice_key, metric, period) as entity_key, amount_minor, currency, rate_day as at
    from staging.stg_targets
    union all
    select 'invoices' as entity, invoice_key as entity_key, recurring_minor as amount_minor, stg_invoices.currency, issued_on as at
    from staging.stg_invoices
    cross join setting
    where status = 'paid' and recurring_minor is not null and issued_on <= setting.as_of

),

final as (

    select
        'fx_rate_missing' as check_id,
        converted.entity,
        converted.entity_key,
        'no rate from ' || converted.currency || ' on ' || say_date(converted.at) || ' or in the ' || setting.fx_max_age_days || ' days before; '
            || 'the amount is in no converted total' as message,
        'load a rate between ' || converted.currency || ' and ' || setting.currency || ' for a day from '
            || say_date(add_days(converted.at, -setting.fx_max_age_days)) || ' to ' || say_date(converted.at) as fix,
        converted.amount_minor,
        converted.currency,
        converted.at
    from converted
    cross join setting
    anti join staging.fx_day as rates on rates.currency = converted.currency and rates.day = converted.at
    where converted.amount_minor is not null

)

select * from final
