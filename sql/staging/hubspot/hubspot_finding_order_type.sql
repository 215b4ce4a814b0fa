-- into: staging.finding
-- about: Each value of `dealtype` that says nothing about the order type, once (R100).
with

deals as (

    select source, lower(order_type) as value, any_value(order_type) as written, count(*) as deals
    from input.hubspot_deal
    where
        order_type is not null
        and lower(order_type) not in ('newbusiness', 'new', 'existingbusiness', 'expansion', 'renewal')
    group by source, value

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deals'

),

final as (

    select
        'unknown_value' as check_id,
        'source' as entity,
        deals.source || ':' || deals.written as entity_key,
        deals.deals || ' deals have the type "' || deals.written || '", which is read as new' as message,
        'map it in sources[].mapping.deals.values.order_type to new, expansion or renewal' as fix
    from deals
    left join value_map on value_map.source = deals.source
    where vendor_word(value_map.maps, 'order_type', deals.value) is null

)

select * from final
