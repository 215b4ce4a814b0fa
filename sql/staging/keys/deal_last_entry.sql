-- model: input.deal_last_entry
-- grain: deal_key
-- about: Each row is one closed deal whose date or state its stage history has to tell: closed without a date (R08), or closed after the as-of date (R17).
with

setting as (

    select timezone, as_of, as_of_moment
    from config.setting

),

deals as (

    select
        deals.record_key,
        deals.source,
        deals.pipeline,
        deals.state,
        deals.closed_on
    from input.typed_deals as deals
    cross join setting
    where
        deals.problem is null
        and deals.state <> 'open'
        and (deals.closed_on is null or deals.closed_on > setting.as_of)

),

entries as (

    select
        deals.record_key,
        deals.state,
        deal_stages.stage,
        deal_stages.entered_at,
        coalesce(in_pipeline.state, by_name.state) as stage_state,
        coalesce(in_pipeline.position, by_name.position) as position
    from input.typed_deal_stages as deal_stages
    inner join deals on deals.record_key = deal_stages.deal_reference
    left join input.stage_lookup as in_pipeline
        on in_pipeline.source = deals.source
        and in_pipeline.pipeline = deals.pipeline
        and in_pipeline.stage = deal_stages.stage
    left join input.stage_lookup as by_name
        on by_name.source = deals.source
        and by_name.pipeline is null
        and by_name.stage = deal_stages.stage
    where deal_stages.problem is null

),

closings as (

    select
        record_key,
        max(entered_at) as entered_at
    from entries
    where stage_state = state
    group by record_key

),

ranked as (

    select
        entries.record_key,
        entries.stage,
        row_number() over (
            partition by entries.record_key
            order by entries.entered_at desc, entries.position desc nulls last, entries.stage desc
        ) as place
    from entries
    cross join setting
    where entries.entered_at < setting.as_of_moment

),

final as (

    select
        deals.record_key as deal_key,
        coalesce(deals.closed_on, local_date(closings.entered_at, setting.timezone)) as closed_on,
        ranked.stage as last_stage
    from deals
    cross join setting
    left join closings on closings.record_key = deals.record_key
    left join ranked on ranked.record_key = deals.record_key and ranked.place = 1

)

select * from final
