-- model: staging.stg_deals
-- grain: deal_key
-- about: Each row is one deal that exists as of the as-of date, excluded ones with it; merged, deleted and later ones are not here. A deal closed later is open, in the stage it last entered by then (R17).
-- checks: unique(grain); not_null(deal_key, source, state, order_type, created_at, created_on, is_counted, is_qualified); one_of(state: open, won, lost); one_of(order_type: new, expansion, renewal); found(account_key in staging.stg_accounts.account_key); found(partner_key in staging.stg_partners.partner_key)
with

setting as (

    select timezone, as_of, as_of_moment
    from config.setting

),

merged_away as (

    select record_key
    from staging.deal_record
    where record_key <> deal_key

),

typed as (

    select deals.*
    from input.typed_deals as deals
    anti join merged_away on merged_away.record_key = deals.record_key
    cross join setting
    where deals.problem is null and deals.created_at < setting.as_of_moment

),

-- a closing after the as-of date has not happened; one without a date is taken from the stage history (R08)
dated as (

    select
        typed.*,
        last_entries.last_stage,
        case
            when typed.state = 'open' then false
            else coalesce(coalesce(typed.closed_on, last_entries.closed_on) > setting.as_of, false)
        end as is_closed_later,
        coalesce(typed.closed_on, last_entries.closed_on) as known_closed_on
    from typed
    cross join setting
    left join input.deal_last_entry as last_entries on last_entries.deal_key = typed.record_key

),

-- a partner declared after the as-of date is not declared yet
as_it_stood as (

    select
        dated.* exclude (state, stage, closed_on, partner_reference),
        case when coalesce(partner_declared_at < setting.as_of_moment, true) then partner_reference end as partner_reference,
        case when is_closed_later then 'open' else state end as state,
        case when is_closed_later then last_stage else stage end as stage,
        case when state <> 'open' and not is_closed_later then known_closed_on end as closed_on
    from dated
    cross join setting

),

final as (

    select
        deals.record_key as deal_key,
        deals.source,
        accounts.account_key,
        deals.name,
        deals.pipeline,
        deals.stage,
        deals.state,
        coalesce(deals.order_type, 'new') as order_type,
        deals.amount_minor,
        deals.currency,
        case
            when deals.is_closed_later then coalesce(in_pipeline.probability, by_name.probability)
            else coalesce(deals.probability, in_pipeline.probability, by_name.probability)
        end as probability,
        deals.created_at,
        local_date(deals.created_at, setting.timezone) as created_on,
        deals.closed_on,
        deals.expected_close_on,
        deals.owner,
        deals.next_step,
        case when not deals.is_closed_later then deals.lost_reason end as lost_reason,
        partners.partner_key,
        case when partners.partner_key is not null then deals.partner_role end as partner_role,
        case when partners.partner_key is not null then deals.partner_declared_at end as partner_declared_at,
        deals.excluded_as,
        deals.excluded_as is null as is_counted,
        coalesce(in_pipeline.is_qualified, by_name.is_qualified, false) as is_qualified,
        coalesce(in_pipeline.state, by_name.state) as stage_state
    from as_it_stood as deals
    cross join setting
    left join staging.account_record as accounts on accounts.record_key = deals.account_reference
    left join staging.partner_record as partners on partners.record_key = deals.partner_reference
    left join input.stage_lookup as in_pipeline
        on in_pipeline.source = deals.source
        and in_pipeline.pipeline = deals.pipeline
        and in_pipeline.stage = deals.stage
    left join input.stage_lookup as by_name
        on by_name.source = deals.source
        and by_name.pipeline is null
        and by_name.stage = deals.stage

)

select * from final
