-- into: input.pipeline_stages
-- about: The stages of HubSpot's deal pipelines.
with

stages as (

    select source, stage_id, pipeline, stage, position, probability, state
    from input.hubspot_stage

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'pipeline_stages'

),

final as (

    select
        stages.source,
        stages.stage_id as record_id,
        stages.pipeline,
        stages.stage,
        stages.position::varchar as position,
        stages.probability,
        coalesce(
            vendor_word(value_map.maps, 'state', stages.stage_id),
            vendor_word(value_map.maps, 'state', stages.stage),
            stages.state
        ) as state,
        coalesce(
            vendor_word(value_map.maps, 'is_qualified', stages.stage_id),
            vendor_word(value_map.maps, 'is_qualified', stages.stage)
        ) as is_qualified
    from stages
    left join value_map on value_map.source = stages.source

)

select * from final
