-- into: metrics.sample
-- about: How long leads waited for a response.
with

waits as (

    select
        leads.partner_key,
        days.stretch_on,
        epoch_us(leads.responded_at) - epoch_us(leads.received_at) as value
    from marts.fct_lead as leads
    inner join metrics.day as days on days.day = leads.received_on
    where leads.responded_at is not null

),

final as (

    select 'response_hours_median' as metric, 'hours' as unit, 0.5 as quantile, partner_key, stretch_on, value
    from waits

)

select * from final
