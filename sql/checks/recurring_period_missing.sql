-- check: recurring_period_missing
-- severity: warning
-- stops: no
-- about: Paid invoices with a recurring amount whose service period is missing or ends before it starts; they are in no recurring revenue.
with

final as (

    select
        'invoices' as entity,
        invoices.invoice_key as entity_key,
        'the recurring amount of the invoice issued on ' || say_date(invoices.issued_on)
        || case
            when invoices.period_starts_on is null or invoices.period_ends_on is null then ' has no whole service period'
            else ' is for a period that ends on ' || say_date(invoices.period_ends_on) || ', before it starts on ' || say_date(invoices.period_starts_on)
        end || '; it is in no recurring revenue' as message,
        'give the invoice period_starts_on and period_ends_on' as fix,
        case
            when invoices.currency = setting.currency then invoices.recurring_minor
            else convert_minor(invoices.recurring_minor, rates.num, rates.den)
        end as amount_reporting_minor
    from staging.stg_invoices as invoices
    cross join config.setting
    left join staging.fx_day as rates
        on rates.currency = invoices.currency
        and rates.day = invoices.issued_on
    where invoices.status = 'paid'
        and invoices.recurring_minor <> 0
        and invoices.issued_on <= setting.as_of
        and (invoices.period_starts_on is null or invoices.period_ends_on is null or invoices.period_starts_on > invoices.period_ends_on)

)

select * from final
