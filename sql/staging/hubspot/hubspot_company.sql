-- model: input.hubspot_company
-- grain: source, id
-- about: Each row is one company that the log knows, living, archived or merged, and whether it is a partner.
with

companies as (

    select
        source,
        id,
        op,
        payload,
        json_transform(
            payload,
            '{
                "createdAt": "VARCHAR",
                "properties": {
                    "name": "VARCHAR",
                    "domain": "VARCHAR",
                    "type": "VARCHAR",
                    "country": "VARCHAR",
                    "createdate": "VARCHAR",
                    "partner_type": "VARCHAR",
                    "partner_tier": "VARCHAR",
                    "partner_region": "VARCHAR",
                    "partner_manager": "VARCHAR",
                    "partner_agreed_on": "VARCHAR"
                }
            }'
        ) as cells
    from input.latest
    where kind = 'hubspot' and stream = 'companies'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'partners'

),

merges as (

    select source, merged_id, survivor_id
    from input.hubspot_survivor
    where stream = 'companies'

),

final as (

    select
        companies.source,
        companies.id,
        companies.op = 'upsert' and merges.merged_id is null as is_living,
        merges.survivor_id,
        upper(cell(companies.cells.properties.type)) in ('PARTNER', 'RESELLER')
        or vendor_word(value_map.maps, 'type', companies.cells.properties.type) is not null as is_partner,
        cell(companies.cells.properties.type) as company_type,
        cell(companies.cells.properties.name) as name,
        cell(companies.cells.properties.domain) as domain,
        cell(companies.cells.properties.country) as country,
        coalesce(cell(companies.cells.properties.createdate), companies.cells.createdAt) as created_at,
        cell(companies.cells.properties.partner_type) as partner_type,
        cell(companies.cells.properties.partner_tier) as partner_tier,
        cell(companies.cells.properties.partner_region) as partner_region,
        cell(companies.cells.properties.partner_manager) as partner_manager,
        cell(companies.cells.properties.partner_agreed_on) as partner_agreed_on,
        companies.payload
    from companies
    left join value_map on value_map.source = companies.source
    left join merges on merges.source = companies.source and merges.merged_id = companies.id

)

select
    source,
    id,
    is_living,
    survivor_id,
    coalesce(is_partner, false) as is_partner,
    company_type,
    name,
    domain,
    country,
    created_at,
    partner_type,
    partner_tier,
    partner_region,
    partner_manager,
    partner_agreed_on,
    payload
from final
