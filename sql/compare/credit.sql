-- model: comparison.credit
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's part of one deal under one credit model that differs between two sets of rules: its share, its part of the amount once won, and its part of what was collected.
-- checks: unique(grain); not_null(share_before, share_after, booked_minor_before, booked_minor_after, collected_minor_before, collected_minor_after)
with

shares_before as (

    select deal_key, partner_key, model, share, amount_reporting_minor
    from before.marts.fct_deal_credit

),

shares_after as (

    select deal_key, partner_key, model, share, amount_reporting_minor
    from after.marts.fct_deal_credit

),

moved_shares as (

    select
        coalesce(shares_after.deal_key, shares_before.deal_key) as deal_key,
        coalesce(shares_after.partner_key, shares_before.partner_key) as partner_key,
        coalesce(shares_after.model, shares_before.model) as model
    from shares_before
    full join shares_after
        on shares_after.deal_key = shares_before.deal_key
        and shares_after.partner_key = shares_before.partner_key
        and shares_after.model = shares_before.model
    where shares_before.share is distinct from shares_after.share
        or shares_before.amount_reporting_minor is distinct from shares_after.amount_reporting_minor

),

collected as (

    select deal_key, partner_key, model, before_minor, after_minor
    from comparison.collected

),

moved_cash as (

    select deal_key, partner_key, model
    from collected
    where before_minor <> after_minor

),

moved as (

    select deal_key, partner_key, model from moved_shares
    union
    select deal_key, partner_key, model from moved_cash

),

final as (

    select
        moved.deal_key,
        moved.partner_key,
        moved.model,
        coalesce(shares_before.share, 0) as share_before,
        coalesce(shares_after.share, 0) as share_after,
        coalesce(shares_before.amount_reporting_minor, 0) as booked_minor_before,
        coalesce(shares_after.amount_reporting_minor, 0) as booked_minor_after,
        coalesce(collected.before_minor, 0) as collected_minor_before,
        coalesce(collected.after_minor, 0) as collected_minor_after
    from moved
    left join shares_before
        on shares_before.deal_key = moved.deal_key
        and shares_before.partner_key = moved.partner_key
        and shares_before.model = moved.model
    left join shares_after
        on shares_after.deal_key = moved.deal_key
        and shares_after.partner_key = moved.partner_key
        and shares_after.model = moved.model
    left join collected
        on collected.deal_key = moved.deal_key
        and collected.partner_key = moved.partner_key
        and collected.model = moved.model

)

select * from final
