-- into: metrics.sample
-- about: How long decided registrations waited for their decision.
with

waits as (

    select
        registrations.partner_key,
        days.stretch_on,
        epoch_us(registrations.decided_at) - epoch_us(registrations.submitted_at) as value
    from marts.fct_registration as registrations
    inner join metrics.day as days on days.day = registrations.submitted_on
    where registrations.status in ('approved', 'rejected') and registrations.decided_at is not null

),

final as (

    select 'decision_hours_median' as metric, 'hours' as unit, 0.5 as quantile, partner_key, stretch_on, value
    from waits
    union all
    select 'decision_hours_p90' as metric, 'hours' as unit, 0.9 as quantile, partner_key, stretch_on, value
    from waits

)

select * from final
