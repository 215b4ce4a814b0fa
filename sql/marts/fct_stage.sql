-- model: marts.fct_stage
-- grain: deal_key, stage
-- about: Each row is one open stage a counted deal has been in, with its days there; re-entries are added up and an open deal ages to the as-of date (R77).
-- checks: unique(grain); not_null(entered_at, days); found(deal_key in marts.fct_deal.deal_key)
with

deals as (

    select deal_key, deal_no, state, closed_on, judged_on
    from attribution.int_deal

),

entries as (

    select
        deals.deal_key,
        deals.deal_no,
        deals.state,
        deals.closed_on,
        deals.judged_on,
        stages.stage,
        stages.stage_state,
        stages.entered_at,
        stages.entered_on,
        lead(stages.entered_on) over (partition by deals.deal_no order by stages.entered_at, stages.stage) as left_on
    from staging.stg_deal_stages as stages
    inner join deals on deals.deal_key = stages.deal_key

),

-- a deal that closed on an unknown day leaves its last stage on the day it entered it
stays as (

    select
        deal_key,
        stage,
        entered_at,
        entered_on,
        greatest(
            day_diff(
                entered_on,
                coalesce(
                    left_on,
                    case when state = 'open' or closed_on is not null then judged_on else entered_on end
                )
            ),
            0
        ) as days
    from entries
    where stage_state is null or stage_state = 'open'

),

final as (

    select
        deal_key,
        stage,
        min(entered_at) as entered_at,
        min(entered_on) as entered_on,
        cast(sum(days) as bigint) as days
    from stays
    group by deal_key, stage

)

select * from final
