-- into: input.registrations
-- about: The rows of file drops.
with

records as (

    select source, id, payload
    from input.file_record
    where stream = 'registrations'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'registrations'

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
                "submitted_at": "VARCHAR",
                "decided_at": "VARCHAR",
                "status": "VARCHAR",
                "protection_ends_on": "VARCHAR",
                "approver": "VARCHAR",
                "amount": "VARCHAR",
                "currency": "VARCHAR"
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
        mapped(maps, 'submitted_at', cells.submitted_at) as submitted_at,
        mapped(maps, 'decided_at', cells.decided_at) as decided_at,
        mapped(maps, 'status', cells.status) as status,
        mapped(maps, 'protection_ends_on', cells.protection_ends_on) as protection_ends_on,
        mapped(maps, 'approver', cells.approver) as approver,
        mapped(maps, 'amount', cells.amount) as amount,
        mapped(maps, 'currency', cells.currency) as currency
    from opened

)

select * from final
