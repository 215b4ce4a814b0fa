-- into: staging.finding
-- about: Won and lost deals of which no close date is known: no metric by close date has them (R08).
with

setting as (

    select as_of
    from config.setting

),

final as (

    select
        'close_date_missing' as check_id,
        'deals' as entity,
        deals.deal_key as entity_key,
        'the deal is ' || deals.state || ' and has neither a close date nor an entry into a ' || deals.state
            || ' stage; it is in no figure by close date' as message,
        'give the deal its close date' as fix,
        deals.amount_minor,
        deals.currency,
        setting.as_of as at
    from staging.stg_deals as deals
    cross join setting
    where deals.state <> 'open' and deals.closed_on is null and deals.is_counted

)

select * from final
