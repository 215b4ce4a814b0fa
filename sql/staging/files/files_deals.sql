-- into: input.deals
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'deals'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deals'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "id": "VARCHAR",
                "account_id": "VARCHAR",
                "name": "VARCHAR",
                "pipeline": "VARCHAR",
                "stage": "VARCHAR",
                "state": "VARCHAR",
                "order_type": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR",
                "probability": "VARCHAR",
                "created_at": "VARCHAR",
                "closed_on": "VARCHAR",
                "expected_close_on": "VARCHAR",
                "owner": "VARCHAR",
                "next_step": "VARCHAR",
                "lost_reason": "VARCHAR",
                "partner_id": "VARCHAR",
                "partner_role": "VARCHAR",
                "partner_declared_at": "VARCHAR",
                "excluded_as": "VARCHAR",
                "merged_into_id": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'id', cells.id) as id,
        mapped(maps, 'account_id', cells.account_id) as account_id,
        mapped(maps, 'name', cells.name) as name,
        mapped(maps, 'pipeline', cells.pipeline) as pipeline,
        mapped(maps, 'stage', cells.stage) as stage,
        mapped(maps, 'state', cells.state) as state,
        mapped(maps, 'order_type', cells.order_type) as order_type,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency,
        mapped(maps, 'probability', cells.probability) as probability,
        mapped(maps, 'created_at', cells.created_at) as created_at,
        mapped(maps, 'closed_on', cells.closed_on) as closed_on,
        mapped(maps, 'expected_close_on', cells.expected_close_on) as expected_close_on,
        mapped(maps, 'owner', cells.owner) as owner,
        mapped(maps, 'next_step', cells.next_step) as next_step,
        mapped(maps, 'lost_reason', cells.lost_reason) as lost_reason,
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'partner_role', cells.partner_role) as partner_role,
        mapped(maps, 'partner_declared_at', cells.partner_declared_at) as partner_declared_at,
        mapped(maps, 'excluded_as', cells.excluded_as) as excluded_as,
        mapped(maps, 'merged_into_id', cells.merged_into_id) as merged_into_id
    from opened

)

select * from final
