-- model: staging.stg_activities
-- grain: activity_key
-- about: Each row is one activity of a partner's people that occurred by the as-of date.
-- checks: unique(grain); not_null(activity_key, partner_key, kind, occurred_at, occurred_on); found(partner_key in staging.stg_partners.partner_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

final as (

    select
        activities.activity_key,
        partners.partner_key,
        activities.kind,
        activities.occurred_at,
        local_date(activities.occurred_at, setting.timezone) as occurred_on
    from input.typed_activities as activities
    cross join setting
    inner join staging.partner_record as partners on partners.record_key = activities.partner_reference
    where activities.problem is null and activities.occurred_at < setting.as_of_moment

)

select * from final
