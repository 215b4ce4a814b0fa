-- model: input.hubspot_stage
-- grain: source, stage_id
-- about: Each row is one stage that is defined today, by its labels with its ids beside them (R101).
with

pipelines as (

    select
        source,
        id as pipeline_id,
        coalesce(cell(payload ->> '$.label'), id) as label,
        unnest(
            from_json(
                payload -> '$.stages',
                '[{
                    "id": "VARCHAR",
                    "label": "VARCHAR",
                    "displayOrder": "BIGINT",
                    "metadata": { "isClosed": "VARCHAR", "probability": "VARCHAR" }
                }]'
            )
        ) as stage
    from input.latest
    where kind = 'hubspot' and stream = 'pipelines' and op = 'upsert'

),

stages as (

    select
        source,
        pipeline_id,
        label as pipeline_label,
        stage.id as stage_id,
        coalesce(cell(stage.label), stage.id) as stage_label,
        stage.displayOrder as position,
        lower(cell(stage.metadata.isClosed)) as is_closed,
        cell(stage.metadata.probability) as probability
    from pipelines

),

-- two of one name stay apart by their ids
counted as (

    select
        *,
        count(distinct pipeline_id) over (partition by source, pipeline_label) as pipelines_of_label,
        count(*) over (partition by source, pipeline_id, stage_label) as stages_of_label,
        row_number() over (partition by source, stage_id order by pipeline_id) as place
    from stages

),

final as (

    select
        source,
        pipeline_id,
        case when pipelines_of_label > 1 then pipeline_label || ' (' || pipeline_id || ')' else pipeline_label end as pipeline,
        stage_id,
        case when stages_of_label > 1 then stage_label || ' (' || stage_id || ')' else stage_label end as stage,
        position,
        probability,
        case
            when is_closed = 'false' then 'open'
            when parse_number(probability) = 1 then 'won'
            when is_closed = 'true' or parse_number(probability) = 0 then 'lost'
            else 'open'
        end as state
    from counted
    where place = 1

)

select * from final
