-- model: comparison.commission
-- grain: deal_key, partner_key
-- about: Each row is what one partner earns on one deal, reversals taken off, where it differs between two sets of rules.
-- checks: unique(grain); not_null(before_minor, after_minor)
with

earned_before as (

    select deal_key, partner_key, cast(sum(amount_minor) as bigint) as amount_minor
    from before.marts.fct_commission
    where kind <> 'paid'
    group by deal_key, partner_key

),

earned_after as (

    select deal_key, partner_key, cast(sum(amount_minor) as bigint) as amount_minor
    from after.marts.fct_commission
    where kind <> 'paid'
    group by deal_key, partner_key

),

final as (

    select
        coalesce(earned_after.deal_key, earned_before.deal_key) as deal_key,
        coalesce(earned_after.partner_key, earned_before.partner_key) as partner_key,
        coalesce(earned_before.amount_minor, 0) as before_minor,
        coalesce(earned_after.amount_minor, 0) as after_minor
    from earned_before
    full join earned_after
        on earned_after.deal_key = earned_before.deal_key
        and earned_after.partner_key = earned_before.partner_key
    where coalesce(earned_before.amount_minor, 0) <> coalesce(earned_after.amount_minor, 0)

)

select * from final
