-- into: input.touches
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'touches'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'touches'

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
                "partner_id": "VARCHAR",
                "deal_id": "VARCHAR",
                "account_id": "VARCHAR",
                "kind": "VARCHAR",
                "occurred_at": "VARCHAR",
                "recorded_at": "VARCHAR",
                "removed_at": "VARCHAR",
                "evidence": "VARCHAR"
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
        mapped(maps, 'partner_id', cells.partner_id) as partner_id,
        mapped(maps, 'deal_id', cells.deal_id) as deal_id,
        mapped(maps, 'account_id', cells.account_id) as account_id,
        mapped(maps, 'kind', cells.kind) as kind,
        mapped(maps, 'occurred_at', cells.occurred_at) as occurred_at,
        mapped(maps, 'recorded_at', cells.recorded_at) as recorded_at,
        mapped(maps, 'removed_at', cells.removed_at) as removed_at,
        mapped(maps, 'evidence', cells.evidence) as evidence
    from opened

)

select * from final
