-- into: staging.finding
-- about: Each stage that deals stand in and no pipeline defines any more, once (R101).
with

deals as (

    select source, coalesce(stage_id, '') as stage_id, count(*) as deals
    from input.hubspot_deal
    where is_stage_undefined
    group by all

),

final as (

    select
        'stage_undefined' as check_id,
        'source' as entity,
        source || ':' || stage_id as entity_key,
        deals || ' deals stand in the stage "' || stage_id || '", which no pipeline defines; they are open' as message,
        'move them to a stage that exists, or map the stage in sources[].mapping.deals.values.state' as fix
    from deals

)

select * from final
