-- into: input.leads
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'leads'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'leads'

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
                "account_id": "VARCHAR",
                "deal_id": "VARCHAR",
                "received_at": "VARCHAR",
                "responded_at": "VARCHAR",
                "accepted_at": "VARCHAR",
                "rejected_at": "VARCHAR"
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
        mapped(maps, 'account_id', cells.account_id) as account_id,
        mapped(maps, 'deal_id', cells.deal_id) as deal_id,
        mapped(maps, 'received_at', cells.received_at) as received_at,
        mapped(maps, 'responded_at', cells.responded_at) as responded_at,
        mapped(maps, 'accepted_at', cells.accepted_at) as accepted_at,
        mapped(maps, 'rejected_at', cells.rejected_at) as rejected_at
    from opened

)

select * from final
