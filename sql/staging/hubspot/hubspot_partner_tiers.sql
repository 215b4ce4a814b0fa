-- into: input.partner_tiers
-- about: The history of the property that holds the tier of a company, or of a record of the portal's own object.
with

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

objects as (

    select source, object, tier_field
    from input.hubspot_partner_object

),

opened as (

    select
        latest.source,
        latest.id,
        unnest(
            from_json(
                latest.payload -> ('$.propertiesWithHistory.' || coalesce(column_map.columns['tier'], 'partner_tier')),
                '[{ "value": "VARCHAR", "timestamp": "VARCHAR" }]'
            )
        ) as entry
    from input.latest as latest
    left join column_map on column_map.source = latest.source
    where latest.kind = 'hubspot' and latest.stream = 'companies.tiers' and latest.op = 'upsert'
    union all
    select
        latest.source,
        latest.id,
        unnest(
            from_json(
                latest.payload -> ('$.propertiesWithHistory.' || objects.tier_field),
                '[{ "value": "VARCHAR", "timestamp": "VARCHAR" }]'
            )
        ) as entry
    from input.latest as latest
    inner join objects on objects.source = latest.source and objects.object = latest.stream
    where latest.kind = 'hubspot' and latest.op = 'upsert' and objects.tier_field is not null

),

final as (

    select
        opened.source,
        opened.id,
        mapped(value_map.maps, 'tier', cell(opened.entry.value)) as tier,
        opened.entry.timestamp as entered_at
    from opened
    left join value_map on value_map.source = opened.source

)

select * from final
