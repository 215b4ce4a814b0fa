-- check: payout_without_plan
-- severity: warning
-- stops: no
-- about: Partners that were paid while no commission plan is configured: nothing is earned, so their statements are negative by all that was paid.
with

plans as (

    select count(*) as n
    from config.commission_plan

),

paid as (

    select partner_key, count(*) as payouts, -sum(amount_minor) as amount_minor
    from marts.fct_commission
    where kind = 'paid'
    group by partner_key

),

final as (

    select
        'partners' as entity,
        paid.partner_key as entity_key,
        paid.payouts || case when paid.payouts = 1 then ' payout to ' else ' payouts to ' end
        || coalesce(partners.name, paid.partner_key)
        || ', and no commission plan is configured: nothing is earned, so the statement is negative by all that was paid' as message,
        'add the plans under `commissions` in attributary.yaml and refresh' as fix,
        paid.amount_minor as amount_reporting_minor
    from paid
    cross join plans
    left join marts.dim_partner as partners on partners.partner_key = paid.partner_key
    where plans.n = 0

)

select * from final
