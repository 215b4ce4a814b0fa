-- model: input.salesforce_account
-- grain: source, id
-- about: Each row is one account that the log knows, living, deleted or merged, and whether it is a partner: by its flag, its type, or a role on an opportunity (R104).
with

accounts as (

    select
        source,
        id,
        op,
        reason,
        payload,
        json_transform(
            payload,
            '{
                "Name": "VARCHAR",
                "Type": "VARCHAR",
                "IsPartner": "VARCHAR",
                "Website": "VARCHAR",
                "BillingCountry": "VARCHAR",
                "MasterRecordId": "VARCHAR",
                "CreatedDate": "VARCHAR"
            }'
        ) as cells
    from input.latest
    where kind = 'salesforce' and stream = 'Account'

),

roles as (

    select distinct source, payload ->> '$.AccountToId' as account_id
    from input.latest
    where kind = 'salesforce' and stream = 'OpportunityPartner'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'partners'

),

cells as (

    select
        accounts.source,
        accounts.id,
        accounts.op,
        accounts.payload,
        cell(accounts.cells.Name) as name,
        cell(accounts.cells.Type) as account_type,
        accounts.cells.IsPartner = 'true' as has_partner_flag,
        cell(accounts.cells.Website) as website,
        cell(accounts.cells.BillingCountry) as country,
        case when accounts.op = 'delete' then cell(accounts.cells.MasterRecordId) end as merged_into_id,
        accounts.cells.CreatedDate as created_at
    from accounts

),

final as (

    select
        cells.source,
        cells.id,
        cells.op = 'upsert' as is_living,
        cells.merged_into_id,
        coalesce(cells.has_partner_flag, false)
        or coalesce(
            lower(cells.account_type) in (
                'partner', 'channel partner / reseller', 'installation partner', 'technology partner'
            ),
            false
        )
        or vendor_word(value_map.maps, 'type', cells.account_type) is not null
        or roles.account_id is not null as is_partner,
        cells.account_type,
        cells.name,
        -- the host of the website (R106)
        regexp_extract(lower(cells.website), '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?:www\.)?([^/:?#]+)', 1) as domain,
        cells.country,
        cells.created_at,
        cells.payload
    from cells
    left join roles on roles.source = cells.source and roles.account_id = cells.id
    left join value_map on value_map.source = cells.source

)

select * from final
