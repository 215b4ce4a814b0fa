-- into: staging.finding
-- about: Each stage that opportunities stand in and the org defines no more, once (R101).
with

opportunities as (

    select source, stage_name, count(*) as deals
    from input.salesforce_opportunity
    where stage_name is not null
    group by source, stage_name

),

stages as (

    select source, api_name
    from input.salesforce_stage

),

final as (

    select
        'stage_undefined' as check_id,
        'source' as entity,
        opportunities.source || ':' || opportunities.stage_name as entity_key,
        opportunities.deals || ' deals stand in the stage "' || opportunities.stage_name || '", which the org no longer defines' as message,
        'move them to a stage that exists' as fix
    from opportunities
    left join stages
        on stages.source = opportunities.source
        and stages.api_name = opportunities.stage_name
    where stages.api_name is null

)

select * from final
