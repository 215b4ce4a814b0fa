-- into: input.partners
-- about: Accounts that are partners.
with

accounts as (

    select *
    from input.salesforce_account
    where is_partner and is_living

),

setting as (

    select timezone
    from config.setting

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

picked as (

    select
        accounts.source,
        accounts.id,
        accounts.account_type,
        value_map.maps,
        vendor_field(columns, 'name', accounts.payload, '$.', accounts.name) as name,
        vendor_field(columns, 'type', accounts.payload, '$.', null::varchar) as own_type,
        vendor_field(columns, 'tier', accounts.payload, '$.', null::varchar) as tier,
        vendor_field(columns, 'region', accounts.payload, '$.', null::varchar) as region,
        vendor_field(columns, 'manager', accounts.payload, '$.', null::varchar) as manager,
        vendor_field(columns, 'status', accounts.payload, '$.', null::varchar) as status,
        vendor_field(columns, 'agreed_on', accounts.payload, '$.', null::varchar) as agreed_on,
        vendor_field(columns, 'ended_on', accounts.payload, '$.', null::varchar) as ended_on,
        vendor_field(columns, 'domain', accounts.payload, '$.', accounts.domain) as domain,
        vendor_field(columns, 'parent_id', accounts.payload, '$.', null::varchar) as parent_id,
        vendor_field(columns, 'same_as', accounts.payload, '$.', null::varchar) as same_as
    from accounts
    left join column_map on column_map.source = accounts.source
    left join value_map on value_map.source = accounts.source

),

users as (

    select source, id, name
    from input.salesforce_user

),

final as (

    select
        picked.source,
        picked.id as record_id,
        picked.id,
        -- a partner without a name still brought its deals
        coalesce(cell(picked.name), 'Account ' || picked.id) as name,
        coalesce(
            vendor_word(maps, 'type', own_type),
            own_type,
            vendor_word(maps, 'type', account_type),
            case lower(account_type)
                when 'channel partner / reseller' then 'reseller'
                when 'installation partner' then 'services'
                when 'technology partner' then 'integration'
                else account_type
            end
        ) as type,
        mapped(maps, 'tier', tier) as tier,
        mapped(maps, 'region', region) as region,
        mapped(maps, 'manager', coalesce(users.name, picked.manager)) as manager,
        mapped(maps, 'status', status) as status,
        vendor_date(agreed_on, setting.timezone) as agreed_on,
        vendor_date(ended_on, setting.timezone) as ended_on,
        picked.domain,
        picked.parent_id,
        picked.same_as
    from picked
    cross join setting
    left join users on users.source = picked.source and users.id = picked.manager

)

select * from final
