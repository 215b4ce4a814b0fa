-- into: staging.finding
-- about: Deals whose state and whose stage's state disagree: the deal's decides (R09).
with

setting as (

    select as_of
    from config.setting

),

final as (

    select
        'stage_state_differs' as check_id,
        'deals' as entity,
        deals.deal_key as entity_key,
        'the deal is ' || deals.state || ' while its stage "' || deals.stage || '" is ' || deals.stage_state
            || '; the deal''s own state counts' as message,
        'move the deal to a stage of its state, or correct its state' as fix,
        deals.amount_minor,
        deals.currency,
        coalesce(deals.closed_on, setting.as_of) as at
    from staging.stg_deals as deals
    cross join setting
    where deals.state <> deals.stage_state

)

select * from final
