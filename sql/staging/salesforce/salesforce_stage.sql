-- model: input.salesforce_stage
-- grain: source, api_name
-- about: Each row is one opportunity stage that is defined today: its label, with the name that records store beside it (R101).
with

stages as (

    select
        source,
        id,
        coalesce(cell(payload ->> '$.ApiName'), cell(payload ->> '$.MasterLabel'), id) as api_name,
        coalesce(cell(payload ->> '$.MasterLabel'), cell(payload ->> '$.ApiName'), id) as label,
        payload ->> '$.SortOrder' as position,
        try_cast(payload ->> '$.DefaultProbability' as decimal(9, 4)) as percent,
        (payload ->> '$.IsActive') = 'true' as is_active,
        case
            when (payload ->> '$.IsWon') = 'true' then 'won'
            when (payload ->> '$.IsClosed') = 'true' then 'lost'
            else 'open'
        end as state
    from input.latest
    where kind = 'salesforce' and stream = 'OpportunityStage' and op = 'upsert'

),

-- a stage that was put aside and made anew under its old name is the one in use
ranked as (

    select
        *,
        row_number() over (partition by source, api_name order by is_active desc, id) as place
    from stages

),

counted as (

    select
        *,
        count(*) over (partition by source, label) as stages_of_label
    from ranked
    where place = 1

),

final as (

    select
        source,
        id,
        api_name,
        -- two of one label stay apart by the names they are stored under
        case when stages_of_label > 1 then label || ' (' || api_name || ')' else label end as stage,
        position,
        (percent / 100)::decimal(9, 6)::varchar as probability,
        state
    from counted

)

select * from final
