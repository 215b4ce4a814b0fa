-- model: input.hubspot_portal
-- grain: source
-- about: Each row is one HubSpot source with its portal's zone and currency (R103); without an answer from the portal, UTC and the reporting currency.
with

sources as (

    select source
    from config.source
    where kind = 'hubspot'

),

setting as (

    select currency
    from config.setting

),

accounts as (

    select
        source,
        payload ->> '$.timeZone' as timezone,
        upper(cell(payload ->> '$.companyCurrency')) as currency
    from input.latest
    where kind = 'hubspot' and stream = 'account' and op = 'upsert'

),

final as (

    select
        sources.source,
        coalesce(max(zones.name), 'UTC') as timezone,
        coalesce(max(accounts.currency), max(setting.currency)) as currency
    from sources
    cross join setting
    left join accounts on accounts.source = sources.source
    left join pg_timezone_names() as zones on zones.name = accounts.timezone
    group by sources.source

)

select * from final
