-- model: difference.deal
-- grain: deal_key
-- about: Each row is one deal that closed in the scope before or after, with both sides of what counts.
-- checks: unique(grain); not_null(deal_key, is_known_before, is_known_after, is_in_scope_before, is_in_scope_after, booked_minor_before, booked_minor_after)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

deals_before as (

    select
        deals.*,
        coalesce(deals.state <> 'open' and deals.closed_on between scope.starts_on and scope.ends_on, false) as is_in_scope
    from before.marts.fct_deal as deals
    cross join scope

),

deals_after as (

    select
        deals.*,
        coalesce(deals.state <> 'open' and deals.closed_on between scope.starts_on and scope.ends_on, false) as is_in_scope
    from after.marts.fct_deal as deals
    cross join scope

),

final as (

    select
        coalesce(deals_after.deal_key, deals_before.deal_key) as deal_key,
        coalesce(deals_after.name, deals_before.name) as name,
        deals_before.deal_key is not null as is_known_before,
        deals_after.deal_key is not null as is_known_after,
        coalesce(deals_before.is_in_scope, false) as is_in_scope_before,
        coalesce(deals_after.is_in_scope, false) as is_in_scope_after,
        deals_before.state as state_before,
        deals_after.state as state_after,
        deals_before.created_on as created_on_before,
        deals_after.created_on as created_on_after,
        deals_before.closed_on as closed_on_before,
        deals_after.closed_on as closed_on_after,
        deals_before.account_key as account_key_before,
        deals_after.account_key as account_key_after,
        deals_before.amount_minor as amount_minor_before,
        deals_after.amount_minor as amount_minor_after,
        deals_before.currency as currency_before,
        deals_after.currency as currency_after,
        deals_before.fx_rate as fx_rate_before,
        deals_after.fx_rate as fx_rate_after,
        case when deals_before.is_in_scope and deals_before.state = 'won' then coalesce(deals_before.amount_reporting_minor, 0) else 0 end
            as booked_minor_before,
        case when deals_after.is_in_scope and deals_after.state = 'won' then coalesce(deals_after.amount_reporting_minor, 0) else 0 end
            as booked_minor_after,
        deals_before.class as class_before,
        deals_after.class as class_after,
        deals_before.source_partner_key as source_before,
        deals_after.source_partner_key as source_after,
        deals_before.source_rule as rule_before,
        deals_after.source_rule as rule_after
    from deals_before
    full join deals_after on deals_after.deal_key = deals_before.deal_key
    where deals_before.is_in_scope or deals_after.is_in_scope

)

select * from final
