-- into: input.partner_tiers
-- about: The history of the property that holds a company's tier.
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
