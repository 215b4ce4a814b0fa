-- check: fx_rate_missing
-- severity: error
-- stops: no
-- about: Deals of which no rate is known; they are in no converted total (R24).
with

final as (

    select
        'deals' as entity,
        deals.deal_key as entity_key,
        'no rate from ' || deals.currency || ' on ' || say_date(days.judged_on) || ' or in the ' || setting.fx_max_age_days
        || ' days before; the amount of ' || coalesce(deals.name, deals.deal_key) || ' is in no converted total' as message,
        'load a rate between ' || deals.currency || ' and ' || setting.currency || ' for a day from '
        || say_date(add_days(days.judged_on, -setting.fx_max_age_days)) || ' to ' || say_date(days.judged_on) as fix,
        cast(null as bigint) as amount_reporting_minor
    from marts.fct_deal as deals
    inner join attribution.int_deal as days on days.deal_key = deals.deal_key
    cross join config.setting
    where deals.amount_minor is not null and deals.amount_reporting_minor is null

)

select * from final
