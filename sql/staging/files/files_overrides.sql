-- into: input.overrides
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'overrides'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'overrides'

),

opened as (

    select
        records.source,
        records.id as record_id,
        value_map.maps,
        json_transform(
            records.payload,
            '{
                "deal_id": "VARCHAR",
                "partner_id": "VARCHAR",
                "decision": "VARCHAR",
                "reason": "VARCHAR",
                "approver": "VARCHAR",
                "decided_at": "VARCHAR"
            }'
        ) as cells
    from records
    left join value_map on value_map.source = records.source

),

final as (

    select
        source,
        record_id,
        mapped(maps, 'deal_id', cells.deal_id) as deal_id,
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'decision', cells.decision) as decision,
        mapped(maps, 'reason', cells.reason) as reason,
        mapped(maps, 'approver', cells.approver) as approver,
        mapped(maps, 'decided_at', cells.decided_at) as decided_at
    from opened

)

select * from final
