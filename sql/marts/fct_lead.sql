-- model: marts.fct_lead
-- grain: lead_key
-- about: Each row is one lead a partner handed over and how soon it was answered (R79); an acceptance or rejection is an answer when none was recorded.
-- checks: unique(grain); same_rows(staging.stg_leads)
with

leads as (

    select
        lead_key, partner_key, account_key, deal_key, received_at, received_on, accepted_at, rejected_at,
        coalesce(responded_at, least(coalesce(accepted_at, rejected_at), coalesce(rejected_at, accepted_at))) as answered_at
    from staging.stg_leads

),

setting as (

    select as_of_moment, response_hours
    from config.setting

),

timed as (

    select
        leads.*,
        date_diff('microsecond', leads.received_at, leads.answered_at) / 3600000000.0 as hours_to_answer,
        date_diff('microsecond', leads.received_at, setting.as_of_moment) / 3600000000.0 as hours_so_far,
        setting.response_hours as limit_hours
    from leads
    cross join setting

),

final as (

    select
        lead_key,
        partner_key,
        account_key,
        deal_key,
        received_at,
        received_on,
        answered_at as responded_at,
        hours_to_answer as response_hours,
        case
            when answered_at is not null then hours_to_answer <= limit_hours
            when hours_so_far > limit_hours then false
        end as in_sla,
        accepted_at is not null and (rejected_at is null or rejected_at <= accepted_at) as is_accepted
    from timed

)

select * from final
