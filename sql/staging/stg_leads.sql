-- model: staging.stg_leads
-- grain: lead_key
-- about: Each row is one lead received by the as-of date; what happened to it later has not happened (R17).
-- checks: unique(grain); not_null(lead_key, partner_key, received_at, received_on); found(partner_key in staging.stg_partners.partner_key); found(account_key in staging.stg_accounts.account_key)
with

setting as (

    select timezone, as_of_moment
    from config.setting

),

final as (

    select
        leads.lead_key,
        partners.partner_key,
        accounts.account_key,
        deals.deal_key,
        leads.received_at,
        local_date(leads.received_at, setting.timezone) as received_on,
        case when leads.responded_at < setting.as_of_moment then leads.responded_at end as responded_at,
        case when leads.accepted_at < setting.as_of_moment then leads.accepted_at end as accepted_at,
        case when leads.rejected_at < setting.as_of_moment then leads.rejected_at end as rejected_at
    from input.typed_leads as leads
    cross join setting
    inner join staging.partner_record as partners on partners.record_key = leads.partner_reference
    left join staging.deal_record as deals on deals.record_key = leads.deal_reference
    left join staging.account_record as accounts on accounts.record_key = leads.account_reference
    where leads.problem is null and leads.received_at < setting.as_of_moment

)

select * from final
