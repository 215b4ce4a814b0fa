-- into: input.deals
-- about: HubSpot's deals, living and merged.
with

deals as (

    select *
    from input.hubspot_deal

),

accounts as (

    select source, deal_id, account_id
    from input.hubspot_deal_account

),

owners as (

    select source, id, name
    from input.hubspot_owner

),

declarations as (

    select source, deal_id, partner_id, declared_at, partner_role
    from input.hubspot_declaration

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deals'

),

-- the date a closed deal has none of is that of its last entry into a stage of its state, in the portal's zone (R08, R101)
closings as (

    select
        entries.source,
        entries.deal_id,
        entries.state,
        local_date(max(entries.moment), any_value(portals.timezone))::varchar as closed_on
    from input.hubspot_stage_entry as entries
    inner join input.hubspot_portal as portals on portals.source = entries.source
    group by entries.source, entries.deal_id, entries.state

),

merges as (

    select source, merged_id, survivor_id
    from input.hubspot_survivor
    where stream = 'deals'

),

partners as (

    select source, object, id
    from input.hubspot_partner_record

),

-- a deal may still name a partner that became part of another one
partner_merges as (

    select survivors.source, survivors.merged_id, max(survivors.survivor_id) as survivor_id
    from input.hubspot_survivor as survivors
    inner join partners
        on partners.source = survivors.source
        and partners.object = survivors.stream
        and partners.id = survivors.survivor_id
    group by survivors.source, survivors.merged_id

),

stated as (

    select
        deals.*,
        value_map.maps,
        coalesce(
            vendor_word(value_map.maps, 'state', deals.state),
            vendor_word(value_map.maps, 'state', deals.stage_id),
            vendor_word(value_map.maps, 'state', deals.stage),
            lower(deals.state)
        ) as final_state
    from deals
    left join value_map on value_map.source = deals.source

),

declared as (

    select
        stated.source,
        stated.id,
        mapped(
            stated.maps,
            'partner_id',
            case when declarations.deal_id is null then stated.partner_id else declarations.partner_id end
        ) as partner_id
    from stated
    left join declarations on declarations.source = stated.source and declarations.deal_id = stated.id

),

living as (

    select
        stated.source,
        stated.id,
        coalesce(stated.account_id, accounts.account_id) as account_id,
        stated.name,
        stated.pipeline,
        stated.stage,
        stated.final_state as state,
        coalesce(
            vendor_word(stated.maps, 'order_type', stated.order_type),
            case
                when lower(stated.order_type) in ('existingbusiness', 'expansion') then 'expansion'
                when lower(stated.order_type) = 'renewal' then 'renewal'
                else 'new'
            end
        ) as order_type,
        stated.amount,
        mapped(stated.maps, 'currency', coalesce(stated.currency, stated.portal_currency)) as currency,
        stated.probability,
        stated.created_at,
        case when stated.final_state <> 'open' then coalesce(stated.closed_on, closings.closed_on) end as closed_on,
        case when stated.final_state = 'open' then stated.expected_close_on end as expected_close_on,
        coalesce(owners.name, stated.owner) as owner,
        stated.next_step,
        mapped(stated.maps, 'lost_reason', stated.lost_reason) as lost_reason,
        coalesce(partner_merges.survivor_id, declared.partner_id) as partner_id,
        mapped(stated.maps, 'partner_role', coalesce(declarations.partner_role, stated.partner_role)) as partner_role,
        coalesce(stated.partner_declared_at, declarations.declared_at) as partner_declared_at,
        mapped(stated.maps, 'excluded_as', stated.excluded_as) as excluded_as,
        null::varchar as merged_into_id
    from stated
    left join accounts on accounts.source = stated.source and accounts.deal_id = stated.id
    left join owners on owners.source = stated.source and owners.id = stated.owner
    left join closings
        on closings.source = stated.source
        and closings.deal_id = stated.id
        and closings.state = stated.final_state
    left join declarations on declarations.source = stated.source and declarations.deal_id = stated.id
    left join declared on declared.source = stated.source and declared.id = stated.id
    left join partner_merges on partner_merges.source = stated.source and partner_merges.merged_id = declared.partner_id

),

-- a merged deal need not be readable any more: its id alone leads to the survivor (R102)
merged as (

    select
        survivors.source,
        merges.merged_id as id,
        survivors.state,
        survivors.created_at,
        survivors.closed_on,
        merges.survivor_id as merged_into_id
    from merges
    inner join living as survivors
        on survivors.source = merges.source
        and survivors.id = merges.survivor_id

),

final as (

    select id as record_id, *
    from living
    union all by name
    select id as record_id, *
    from merged

)

select * from final
