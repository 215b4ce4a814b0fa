-- model: input.hubspot_deal
-- grain: source, id
-- about: Each row is one living deal with its fields as `mapping` picks them, and the meaning of its stage (R101).
-- checks: unique(grain)
with

deals as (

    select
        source,
        id,
        payload,
        json_transform(
            payload,
            '{
                "createdAt": "VARCHAR",
                "propertiesWithHistory": "JSON",
                "properties": {
                    "dealname": "VARCHAR",
                    "amount": "VARCHAR",
                    "deal_currency_code": "VARCHAR",
                    "pipeline": "VARCHAR",
                    "dealstage": "VARCHAR",
                    "createdate": "VARCHAR",
                    "closedate": "VARCHAR",
                    "hubspot_owner_id": "VARCHAR",
                    "dealtype": "VARCHAR",
                    "hs_next_step": "VARCHAR",
                    "closed_lost_reason": "VARCHAR"
                }
            }'
        ) as cells
    from input.latest
    where kind = 'hubspot' and stream = 'deals' and op = 'upsert'

),

merges as (

    select source, merged_id
    from input.hubspot_survivor
    where stream = 'deals'

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'deals'

),

portals as (

    select source, timezone, currency
    from input.hubspot_portal

),

stages as (

    select source, pipeline_id, pipeline, stage_id, stage, state
    from input.hubspot_stage

),

pipelines as (

    select distinct source, pipeline_id, pipeline
    from stages

),

picked as (

    select
        deals.source,
        deals.id,
        deals.cells.propertiesWithHistory as histories,
        portals.timezone,
        portals.currency as portal_currency,
        vendor_field(columns, 'account_id', deals.payload, '$.properties.', null::varchar) as account_id,
        vendor_field(columns, 'name', deals.payload, '$.properties.', deals.cells.properties.dealname) as name,
        vendor_field(columns, 'pipeline', deals.payload, '$.properties.', deals.cells.properties.pipeline) as pipeline_id,
        vendor_field(columns, 'stage', deals.payload, '$.properties.', deals.cells.properties.dealstage) as stage_id,
        vendor_field(columns, 'state', deals.payload, '$.properties.', null::varchar) as state,
        vendor_field(columns, 'order_type', deals.payload, '$.properties.', deals.cells.properties.dealtype) as order_type,
        vendor_field(columns, 'amount', deals.payload, '$.properties.', deals.cells.properties.amount) as amount,
        vendor_field(columns, 'currency', deals.payload, '$.properties.', deals.cells.properties.deal_currency_code) as currency,
        vendor_field(columns, 'probability', deals.payload, '$.properties.', null::varchar) as probability,
        deals.cells.createdAt as first_seen_at,
        vendor_field(columns, 'created_at', deals.payload, '$.properties.', deals.cells.properties.createdate) as created_at,
        vendor_field(columns, 'closed_on', deals.payload, '$.properties.', deals.cells.properties.closedate) as closed_on,
        vendor_field(columns, 'expected_close_on', deals.payload, '$.properties.', deals.cells.properties.closedate) as expected_close_on,
        vendor_field(columns, 'owner', deals.payload, '$.properties.', deals.cells.properties.hubspot_owner_id) as owner,
        vendor_field(columns, 'next_step', deals.payload, '$.properties.', deals.cells.properties.hs_next_step) as next_step,
        vendor_field(columns, 'lost_reason', deals.payload, '$.properties.', deals.cells.properties.closed_lost_reason) as lost_reason,
        vendor_field(columns, 'partner_id', deals.payload, '$.properties.', null::varchar) as partner_id,
        vendor_field(columns, 'partner_role', deals.payload, '$.properties.', null::varchar) as partner_role,
        vendor_field(columns, 'partner_declared_at', deals.payload, '$.properties.', null::varchar) as partner_declared_at,
        vendor_field(columns, 'excluded_as', deals.payload, '$.properties.', null::varchar) as excluded_as
    from deals
    inner join portals on portals.source = deals.source
    left join column_map on column_map.source = deals.source
    left join merges on merges.source = deals.source and merges.merged_id = deals.id
    where merges.merged_id is null

),

-- an empty property is HubSpot's way of saying null
fields as (

    select
        source,
        id,
        histories,
        timezone,
        portal_currency,
        cell(account_id) as account_id,
        cell(name) as name,
        cell(pipeline_id) as pipeline_id,
        cell(stage_id) as stage_id,
        cell(state) as state,
        cell(order_type) as order_type,
        cell(amount) as amount,
        cell(currency) as currency,
        cell(probability) as probability,
        coalesce(cell(created_at), first_seen_at) as created_at,
        vendor_date(closed_on, timezone) as closed_on,
        vendor_date(expected_close_on, timezone) as expected_close_on,
        cell(owner) as owner,
        cell(next_step) as next_step,
        cell(lost_reason) as lost_reason,
        cell(partner_id) as partner_id,
        cell(partner_role) as partner_role,
        cell(partner_declared_at) as partner_declared_at,
        cell(excluded_as) as excluded_as
    from picked

),

final as (

    select
        fields.* exclude (state),
        coalesce(stages.pipeline, pipelines.pipeline, fields.pipeline_id) as pipeline,
        coalesce(stages.stage, fields.stage_id) as stage,
        coalesce(fields.state, stages.state, 'open') as state,
        stages.stage_id is null as is_stage_undefined
    from fields
    left join stages on stages.source = fields.source and stages.stage_id = fields.stage_id
    left join pipelines on pipelines.source = fields.source and pipelines.pipeline_id = fields.pipeline_id

)

select * from final
