-- model: input.hubspot_stage_entry
-- grain: source, deal_id, entered_at, stage_id
-- about: Each row is one entry of a living deal into a stage, from the history of `dealstage`; a value set again is no new entry.
with

deals as (

    select source, id, histories
    from input.hubspot_deal

),

opened as (

    select
        source,
        id as deal_id,
        unnest(
            from_json(
                histories -> '$.dealstage',
                '[{ "value": "VARCHAR", "timestamp": "VARCHAR" }]'
            )
        ) as entry
    from deals

),

entries as (

    select
        source,
        deal_id,
        cell(entry.value) as stage_id,
        entry.timestamp as entered_at,
        try_cast(entry.timestamp as timestamptz) as moment
    from opened
    where cell(entry.value) is not null

),

stages as (

    select source, stage_id, stage, state
    from input.hubspot_stage

),

followed as (

    select
        *,
        lag(stage_id) over (partition by source, deal_id order by moment, stage_id) as stage_before
    from entries

),

final as (

    select distinct
        followed.source,
        followed.deal_id,
        followed.stage_id,
        coalesce(stages.stage, followed.stage_id) as stage,
        coalesce(stages.state, 'open') as state,
        followed.entered_at,
        followed.moment
    from followed
    left join stages on stages.source = followed.source and stages.stage_id = followed.stage_id
    where followed.stage_id is distinct from followed.stage_before

)

select * from final
