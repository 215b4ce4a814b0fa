-- into: input.overrides
-- about: The rows of file drops.
with

latest as (

    select source, id, payload
    from input.latest
    where kind = 'files' and stream = 'overrides' and op = 'upsert' and not starts_with(id, '~bad~')

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'overrides'

),

opened as (

    select
        latest.source,
        latest.id as record_id,
        value_map.maps,
        json_transform(
            latest.payload,
            '{
                "deal_id": "VARCHAR",
                "partner_id": "VARCHAR",
                "decision": "VARCHAR",
                "reason": "VARCHAR",
                "approver": "VARCHAR",
                "decided_at": "VARCHAR"
            }'
        ) as cells
    from latest
    left join value_map on value_map.source = latest.source

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
