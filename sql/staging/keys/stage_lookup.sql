-- model: input.stage_lookup
-- grain: source, pipeline, stage
-- about: Each row is what a stage means in a pipeline; pipeline is null where a stage's name stands in one pipeline only, for deals that name no pipeline.
with

stages as (

    select source, pipeline, stage, position, probability, state, is_qualified
    from staging.stg_pipeline_stages

),

final as (

    select source, pipeline, stage, position, probability, state, is_qualified
    from stages
    union all
    select
        source,
        null as pipeline,
        stage,
        any_value(position) as position,
        any_value(probability) as probability,
        any_value(state) as state,
        any_value(is_qualified) as is_qualified
    from stages
    group by source, stage
    having count(*) = 1

)

select * from final
