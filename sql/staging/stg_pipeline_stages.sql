-- model: staging.stg_pipeline_stages
-- grain: source, pipeline, stage
-- about: Each row is one stage of one pipeline of one source.
-- checks: unique(grain); not_null(source, pipeline, stage, state, is_qualified); one_of(state: open, won, lost)
with

final as (

    select
        source,
        pipeline,
        stage,
        position,
        probability,
        state,
        coalesce(is_qualified, false) as is_qualified
    from input.typed_pipeline_stages
    where problem is null

)

select * from final
