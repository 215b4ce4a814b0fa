-- model: staging.stg_deal_stages
-- grain: deal_key, stage, entered_at
-- about: Each row is one entry of a deal into a stage up to the as-of date; a merged deal's history is not taken over (R21).
-- checks: unique(grain); not_null(deal_key, stage, entered_at, entered_on); found(deal_key in staging.stg_deals.deal_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

entries as (

    select distinct
        deals.deal_key,
        deals.source,
        deals.pipeline,
        deal_stages.stage,
        deal_stages.entered_at
    from input.typed_deal_stages as deal_stages
    inner join staging.stg_deals as deals on deals.deal_key = deal_stages.deal_reference
    cross join setting
    where deal_stages.problem is null and deal_stages.entered_at < setting.as_of_moment

),

final as (

    select
        entries.deal_key,
        entries.stage,
        coalesce(in_pipeline.state, by_name.state) as stage_state,
        entries.entered_at,
        local_date(entries.entered_at, setting.timezone) as entered_on
    from entries
    cross join setting
    left join input.stage_lookup as in_pipeline
        on in_pipeline.source = entries.source
        and in_pipeline.pipeline = entries.pipeline
        and in_pipeline.stage = entries.stage
    left join input.stage_lookup as by_name
        on by_name.source = entries.source
        and by_name.pipeline is null
        and by_name.stage = entries.stage

)

select * from final
