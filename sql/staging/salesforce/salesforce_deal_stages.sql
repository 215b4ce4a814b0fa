-- into: input.deal_stages
-- about: OpportunityHistory; consecutive rows of one stage are one entry, at the first (R108).
with

histories as (

    select
        source,
        id,
        payload ->> '$.OpportunityId' as deal_id,
        cell(payload ->> '$.StageName') as stage_name,
        payload ->> '$.CreatedDate' as entered_at
    from input.latest
    where kind = 'salesforce' and stream = 'OpportunityHistory' and op = 'upsert'

),

opportunities as (

    select source, id
    from input.salesforce_opportunity

),

stages as (

    select source, api_name, stage
    from input.salesforce_stage

),

followed as (

    select
        histories.*,
        lag(histories.stage_name) over (
            partition by histories.source, histories.deal_id
            order by histories.entered_at, histories.id
        ) as stage_before
    from histories
    inner join opportunities on opportunities.source = histories.source and opportunities.id = histories.deal_id
    where histories.stage_name is not null

),

final as (

    select
        followed.source,
        followed.id as record_id,
        followed.deal_id,
        coalesce(stages.stage, followed.stage_name) as stage,
        followed.entered_at
    from followed
    left join stages on stages.source = followed.source and stages.api_name = followed.stage_name
    where followed.stage_name is distinct from followed.stage_before

)

select * from final
