-- into: input.deals
-- about: Salesforce's opportunities.
with

opportunities as (

    select *
    from input.salesforce_opportunity

),

orgs as (

    select source, currency
    from input.salesforce_org

),

setting as (

    select timezone
    from warehouse.config.setting

),

stages as (

    select source, api_name, stage
    from input.salesforce_stage

),

users as (

    select source, id, name
    from input.salesforce_user

),

accounts as (

    select source, id, is_partner
    from input.salesforce_account

),

survivors as (

    select source, merged_id, survivor_id
    from input.salesforce_survivor

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deals'

),

stated as (

    select
        opportunities.*,
        value_map.maps,
        lower(cell(opportunities.order_type)) as type_word,
        coalesce(stages.stage, opportunities.stage_name) as stage,
        coalesce(
            vendor_word(value_map.maps, 'state', opportunities.state),
            vendor_word(value_map.maps, 'state', opportunities.stage_name),
            opportunities.state
        ) as final_state,
        coalesce(survivors.survivor_id, opportunities.account_id) as standing_account_id
    from opportunities
    left join stages on stages.source = opportunities.source and stages.api_name = opportunities.stage_name
    left join survivors on survivors.source = opportunities.source and survivors.merged_id = opportunities.account_id
    left join value_map on value_map.source = opportunities.source

),

final as (

    select
        stated.source,
        stated.id as record_id,
        stated.id,
        -- a partner is nobody's customer (R104)
        case when accounts.is_partner then null else stated.standing_account_id end as account_id,
        stated.name,
        stated.pipeline,
        stated.stage,
        stated.final_state as state,
        coalesce(
            vendor_word(stated.maps, 'order_type', stated.order_type),
            case
                when stated.type_word in ('existing customer - upgrade', 'expansion') then 'expansion'
                when stated.type_word = 'existing customer - replacement' or contains(stated.type_word, 'renewal') then 'renewal'
                else 'new'
            end
        ) as order_type,
        stated.amount,
        coalesce(stated.currency, orgs.currency) as currency,
        stated.probability,
        stated.created_at,
        case when stated.final_state <> 'open' then vendor_date(stated.closed_on, setting.timezone) end as closed_on,
        case when stated.final_state = 'open' then vendor_date(stated.expected_close_on, setting.timezone) end as expected_close_on,
        coalesce(users.name, stated.owner) as owner,
        stated.next_step,
        mapped(stated.maps, 'lost_reason', stated.lost_reason) as lost_reason,
        mapped(stated.maps, 'partner_id', stated.partner_id) as partner_id,
        mapped(stated.maps, 'partner_role', stated.partner_role) as partner_role,
        stated.partner_declared_at,
        mapped(stated.maps, 'excluded_as', stated.excluded_as) as excluded_as,
        stated.merged_into_id
    from stated
    cross join setting
    inner join orgs on orgs.source = stated.source
    left join users on users.source = stated.source and users.id = stated.owner
    left join accounts on accounts.source = stated.source and accounts.id = stated.standing_account_id

)

select * from final
