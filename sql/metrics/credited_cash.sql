-- model: metrics.credited_cash
-- grain: model, partner_key, stretch_on
-- keep: no
-- about: Each row is what the payments, refunds and disputes of one stretch of days bring one partner under one credit model.
-- checks: not_null(model, partner_key, stretch_on, collected_minor)
with

final as (

    select
        credits.model,
        credits.partner_key,
        days.stretch_on,
        sum(credits.collected_reporting_minor) as collected_minor,
        count(*) as parts
    from attribution.int_cash_credit as credits
    inner join metrics.day as days on days.day = credits.occurred_on
    group by credits.model, credits.partner_key, days.stretch_on

)

select * from final
