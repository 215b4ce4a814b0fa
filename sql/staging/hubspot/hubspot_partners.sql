-- into: input.partners
-- about: Companies of a partner's type.
with

companies as (

    select *
    from input.hubspot_company
    where is_partner and is_living

),

portals as (

    select source, timezone
    from input.hubspot_portal

),

owners as (

    select source, id, name
    from input.hubspot_owner

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'partners'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'partners'

),

fields as (

    select
        companies.source,
        companies.id,
        companies.company_type,
        portals.timezone,
        value_map.maps,
        vendor_field(column_map.columns, 'name', companies.payload, '$.properties.', companies.name) as name,
        vendor_field(column_map.columns, 'type', companies.payload, '$.properties.', companies.partner_type) as partner_type,
        vendor_field(column_map.columns, 'tier', companies.payload, '$.properties.', companies.partner_tier) as tier,
        vendor_field(column_map.columns, 'region', companies.payload, '$.properties.', companies.partner_region) as region,
        vendor_field(column_map.columns, 'manager', companies.payload, '$.properties.', companies.partner_manager) as manager,
        vendor_field(column_map.columns, 'status', companies.payload, '$.properties.', null::varchar) as status,
        vendor_field(column_map.columns, 'agreed_on', companies.payload, '$.properties.', companies.partner_agreed_on) as agreed_on,
        vendor_field(column_map.columns, 'ended_on', companies.payload, '$.properties.', null::varchar) as ended_on,
        vendor_field(column_map.columns, 'domain', companies.payload, '$.properties.', companies.domain) as domain,
        vendor_field(column_map.columns, 'parent_id', companies.payload, '$.properties.', null::varchar) as parent_id,
        vendor_field(column_map.columns, 'same_as', companies.payload, '$.properties.', null::varchar) as same_as
    from companies
    inner join portals on portals.source = companies.source
    left join column_map on column_map.source = companies.source
    left join value_map on value_map.source = companies.source

),

final as (

    select
        fields.source,
        fields.id as record_id,
        fields.id,
        -- a partner without a name still brought its deals
        coalesce(cell(fields.name), 'Company ' || fields.id) as name,
        coalesce(
            vendor_word(fields.maps, 'type', fields.partner_type),
            fields.partner_type,
            vendor_word(fields.maps, 'type', fields.company_type),
            case when upper(fields.company_type) = 'RESELLER' then 'reseller' end
        ) as type,
        mapped(fields.maps, 'tier', fields.tier) as tier,
        mapped(fields.maps, 'region', fields.region) as region,
        mapped(fields.maps, 'manager', coalesce(owners.name, fields.manager)) as manager,
        mapped(fields.maps, 'status', fields.status) as status,
        vendor_date(fields.agreed_on, fields.timezone) as agreed_on,
        vendor_date(fields.ended_on, fields.timezone) as ended_on,
        fields.domain,
        fields.parent_id,
        fields.same_as
    from fields
    left join owners on owners.source = fields.source and owners.id = fields.manager

)

select * from final
