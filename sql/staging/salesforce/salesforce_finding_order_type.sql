-- into: staging.finding
-- about: Each value of `Type` that says nothing about the order type, once (R100).
with

opportunities as (

    select source, lower(cell(order_type)) as value, any_value(order_type) as written, count(*) as deals
    from input.salesforce_opportunity
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
        opportunities.source || ':' || opportunities.written as entity_key,
        opportunities.deals || ' deals have the type "' || opportunities.written || '", which is read as new' as message,
        'map it in sources[].mapping.deals.values.order_type to new, expansion or renewal' as fix
    from opportunities
    left join value_map on value_map.source = opportunities.source
    where
        opportunities.value not in (
            'new', 'new customer', 'new business', 'existing customer - upgrade', 'expansion', 'existing customer - replacement'
        )
        and not contains(opportunities.value, 'renewal')
        and vendor_word(value_map.maps, 'order_type', opportunities.value) is null

)

select * from final
