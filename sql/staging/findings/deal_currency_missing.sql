-- into: staging.finding
-- about: Deals with an amount and no currency: the reporting currency is taken (R06).
with

setting as (

    select as_of
    from config.setting

),

final as (

    select
        'currency_missing' as check_id,
        'deals' as entity,
        deals.deal_key as entity_key,
        'the amount has no currency; it is read as ' || deals.currency as message,
        'give the deal a currency' as fix,
        deals.amount_minor,
        deals.currency,
        coalesce(deals.closed_on, setting.as_of) as at
    from staging.stg_deals as deals
    cross join setting
    semi join input.typed_deals as typed on typed.record_key = deals.deal_key and typed.is_currency_missing and typed.problem is null

)

select * from final
