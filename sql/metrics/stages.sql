-- into: metrics.sample
-- about: Days that deals spent in each stage, by the day they first entered it.
with

-- the program takes every deal, slices those their partners brought (R77)
stage_days as (

    select
        stages.stage,
        deals.source_partner_key as partner_key,
        days.stretch_on,
        stages.days as value
    from marts.fct_stage as stages
    inner join marts.fct_deal as deals on deals.deal_key = stages.deal_key
    inner join metrics.day as days on days.day = stages.entered_on
    where stages.days is not null

),

final as (

    select
        'stage_days_median.' || stage as metric,
        'days' as unit,
        0.5 as quantile,
        partner_key,
        stretch_on,
        value
    from stage_days

)

select * from final
