-- into: input.accounts
-- about: Companies that are no partner's, and those merged into them.
with

companies as (

    select *
    from input.hubspot_company
    where not is_partner

),

living as (

    select *
    from companies
    where is_living

),

merges as (

    select source, merged_id, survivor_id
    from input.hubspot_survivor
    where stream = 'companies'

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'accounts'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'accounts'

),

-- a merged company need not be readable any more: its id alone leads to the survivor (R102)
merged as (

    select
        survivors.source,
        merges.merged_id as id,
        coalesce(companies.name, survivors.name) as name,
        companies.domain,
        companies.country,
        coalesce(companies.created_at, survivors.created_at) as created_at,
        companies.payload,
        merges.survivor_id as merged_into_id
    from merges
    inner join living as survivors
        on survivors.source = merges.source
        and survivors.id = merges.survivor_id
    left join companies on companies.source = merges.source and companies.id = merges.merged_id

),

rows_of_both as (

    select source, id, name, domain, country, created_at, payload, null::varchar as merged_into_id
    from living
    union all by name
    select *
    from merged

),

final as (

    select
        rows_of_both.source,
        rows_of_both.id as record_id,
        rows_of_both.id,
        coalesce(
            cell(vendor_field(column_map.columns, 'name', payload, '$.properties.', rows_of_both.name)),
            'Company ' || rows_of_both.id
        ) as name,
        vendor_field(column_map.columns, 'domain', payload, '$.properties.', rows_of_both.domain) as domain,
        mapped(maps, 'region', vendor_field(column_map.columns, 'region', payload, '$.properties.', null::varchar)) as region,
        mapped(maps, 'segment', vendor_field(column_map.columns, 'segment', payload, '$.properties.', null::varchar)) as segment,
        mapped(maps, 'country', vendor_field(column_map.columns, 'country', payload, '$.properties.', rows_of_both.country)) as country,
        vendor_field(column_map.columns, 'created_at', payload, '$.properties.', rows_of_both.created_at) as created_at,
        vendor_field(column_map.columns, 'customer_ids', payload, '$.properties.', null::varchar) as customer_ids,
        vendor_field(column_map.columns, 'same_as', payload, '$.properties.', null::varchar) as same_as,
        rows_of_both.merged_into_id
    from rows_of_both
    left join column_map on column_map.source = rows_of_both.source
    left join value_map on value_map.source = rows_of_both.source

)

select * from final
