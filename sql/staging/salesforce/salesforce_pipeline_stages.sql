-- into: input.pipeline_stages
-- about: Salesforce's opportunity stages: one list for all opportunities, so one pipeline.
with

stages as (

    select *
    from input.salesforce_stage

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'pipeline_stages'

),

final as (

    select
        stages.source,
        stages.id as record_id,
        'Opportunity' as pipeline,
        stages.stage,
        stages.position,
        stages.probability,
        coalesce(
            vendor_word(value_map.maps, 'state', stages.api_name),
            vendor_word(value_map.maps, 'state', stages.stage),
            stages.state
        ) as state,
        coalesce(
            vendor_word(value_map.maps, 'is_qualified', stages.api_name),
            vendor_word(value_map.maps, 'is_qualified', stages.stage)
        ) as is_qualified
    from stages
    left join value_map on value_map.source = stages.source

)

select * from final
