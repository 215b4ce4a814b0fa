-- model: marts.fct_stage
-- grain: deal_key, stage
-- about: Each row is one open stage a counted deal has been in, with its days there; re-entries are added up and an open deal ages to the as-of date (R77).
-- checks: unique(grain); not_null(entered_at, days); found(deal_key in marts.fct_deal.deal_key)
with

deals as (

    select deal_key, state, closed_on, judged_on
    from attribution.int_deal

),

entries as (

    select
        deal_key,
        stage,
        stage_state,
        entered_at,
        entered_on,
        lead(entered_on) over (partition by deal_key order by entered_at, stage) as left_on
    from staging.stg_deal_stages

),

-- a deal that closed on an unknown day leaves its last stage on the day it entered it
stays as (

    select
        entries.deal_key,
        entries.stage,
        entries.entered_at,
        entries.entered_on,
        greatest(
            day_diff(
                entries.entered_on,
                coalesce(
                    entries.left_on,
                    case when deals.state = 'open' or deals.closed_on is not null then deals.judged_on else entries.entered_on end
                )
            ),
            0
        ) as days
    from entries
    inner join deals on deals.deal_key = entries.deal_key
    where entries.stage_state is null or entries.stage_state = 'open'

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
