-- into: input.accounts
-- about: Accounts that are no partners, and those merged into them; a merged one has no domain of its own (R106).
with

accounts as (

    select *
    from input.salesforce_account
    where not is_partner

),

survivors as (

    select source, merged_id, survivor_id
    from input.salesforce_survivor

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

fed as (

    select
        accounts.source,
        accounts.id,
        accounts.name,
        case when accounts.is_living then accounts.domain end as domain,
        accounts.country,
        accounts.created_at,
        accounts.payload,
        case when not accounts.is_living then survivors.survivor_id end as merged_into_id
    from accounts
    left join survivors on survivors.source = accounts.source and survivors.merged_id = accounts.id
    left join accounts as standing
        on standing.source = survivors.source
        and standing.id = survivors.survivor_id
        and standing.is_living
    where accounts.is_living or standing.id is not null

),

final as (

    select
        fed.source,
        fed.id as record_id,
        fed.id,
        coalesce(vendor_field(columns, 'name', fed.payload, '$.', fed.name), 'Account ' || fed.id) as name,
        case
            when fed.merged_into_id is null then vendor_field(columns, 'domain', fed.payload, '$.', fed.domain)
        end as domain,
        mapped(maps, 'region', vendor_field(columns, 'region', fed.payload, '$.', null::varchar)) as region,
        mapped(maps, 'segment', vendor_field(columns, 'segment', fed.payload, '$.', null::varchar)) as segment,
        mapped(maps, 'country', vendor_field(columns, 'country', fed.payload, '$.', fed.country)) as country,
        vendor_field(columns, 'created_at', fed.payload, '$.', fed.created_at) as created_at,
        vendor_field(columns, 'customer_ids', fed.payload, '$.', null::varchar) as customer_ids,
        vendor_field(columns, 'same_as', fed.payload, '$.', null::varchar) as same_as,
        fed.merged_into_id
    from fed
    left join column_map on column_map.source = fed.source
    left join value_map on value_map.source = fed.source

)

select * from final
