-- check: class_conservation
-- severity: error
-- stops: yes
-- about: Sourced, influenced-only and direct won deals add up to everything booked: no deal is lost or counted twice between staging and marts.
with

staged as (

    select currency, count(*) as deals, sum(amount_minor) as amount_minor
    from staging.stg_deals
    where is_counted and state = 'won'
    group by currency

),

marts as (

    select
        currency,
        count(*) as deals,
        sum(case when class = 'sourced' then amount_minor else 0 end)
        + sum(case when class = 'influenced' then amount_minor else 0 end)
        + sum(case when class = 'direct' then amount_minor else 0 end) as amount_minor
    from marts.fct_deal
    where state = 'won'
    group by currency

),

final as (

    select
        'currencies' as entity,
        coalesce(staged.currency, marts.currency, '') as entity_key,
        coalesce(marts.deals, 0) || ' won deals of ' || coalesce(cast(marts.amount_minor as varchar), 'no')
        || ' minor units by class, where there are ' || coalesce(staged.deals, 0) || ' of '
        || coalesce(cast(staged.amount_minor as varchar), 'no') as message,
        'this is a defect of the models: report it' as fix,
        cast(null as bigint) as amount_reporting_minor
    from staged
    full outer join marts on marts.currency is not distinct from staged.currency
    where staged.deals is distinct from marts.deals
        or coalesce(staged.amount_minor, 0) <> coalesce(marts.amount_minor, 0)

)

select * from final
