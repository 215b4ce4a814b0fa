-- model: input.salesforce_opportunity
-- grain: source, id
-- about: Each row is one living opportunity with its fields as `mapping` picks them.
-- checks: unique(grain)
with

opportunities as (

    select
        source,
        id,
        payload,
        json_transform(
            payload,
            '{
                "Name": "VARCHAR",
                "AccountId": "VARCHAR",
                "Amount": "VARCHAR",
                "CurrencyIsoCode": "VARCHAR",
                "StageName": "VARCHAR",
                "IsWon": "VARCHAR",
                "IsClosed": "VARCHAR",
                "Type": "VARCHAR",
                "CreatedDate": "VARCHAR",
                "CloseDate": "VARCHAR",
                "Probability": "VARCHAR",
                "NextStep": "VARCHAR",
                "OwnerId": "VARCHAR"
            }'
        ) as cells
    from input.latest
    where kind = 'salesforce' and stream = 'Opportunity' and op = 'upsert'

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'deals'

),

final as (

    select
        opportunities.source,
        opportunities.id,
        vendor_field(columns, 'account_id', payload, '$.', cells.AccountId) as account_id,
        vendor_field(columns, 'name', payload, '$.', cells.Name) as name,
        vendor_field(columns, 'pipeline', payload, '$.', 'Opportunity') as pipeline,
        vendor_field(columns, 'stage', payload, '$.', cells.StageName) as stage_name,
        vendor_field(
            columns,
            'state',
            payload,
            '$.',
            case when cells.IsWon = 'true' then 'won' when cells.IsClosed = 'true' then 'lost' else 'open' end
        ) as state,
        vendor_field(columns, 'order_type', payload, '$.', cells.Type) as order_type,
        vendor_field(columns, 'amount', payload, '$.', cells.Amount) as amount,
        vendor_field(columns, 'currency', payload, '$.', cells.CurrencyIsoCode) as currency,
        vendor_field(
            columns,
            'probability',
            payload,
            '$.',
            (try_cast(cells.Probability as decimal(9, 4)) / 100)::decimal(9, 6)::varchar
        ) as probability,
        vendor_field(columns, 'created_at', payload, '$.', cells.CreatedDate) as created_at,
        vendor_field(columns, 'closed_on', payload, '$.', cells.CloseDate) as closed_on,
        vendor_field(columns, 'expected_close_on', payload, '$.', cells.CloseDate) as expected_close_on,
        vendor_field(columns, 'owner', payload, '$.', cells.OwnerId) as owner,
        vendor_field(columns, 'next_step', payload, '$.', cells.NextStep) as next_step,
        vendor_field(columns, 'lost_reason', payload, '$.', null::varchar) as lost_reason,
        vendor_field(columns, 'partner_id', payload, '$.', null::varchar) as partner_id,
        vendor_field(columns, 'partner_role', payload, '$.', null::varchar) as partner_role,
        vendor_field(columns, 'partner_declared_at', payload, '$.', null::varchar) as partner_declared_at,
        vendor_field(columns, 'excluded_as', payload, '$.', null::varchar) as excluded_as,
        cell(vendor_field(columns, 'merged_into_id', payload, '$.', null::varchar)) as merged_into_id
    from opportunities
    left join column_map on column_map.source = opportunities.source

)

select * from final
