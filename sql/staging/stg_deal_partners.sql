-- model: staging.stg_deal_partners
-- grain: deal_partner_key
-- about: Each row is one role of a partner on a deal; roles of merged deals belong to the survivor (R21), roles recorded after the as-of date do not exist (R17).
-- checks: unique(grain); not_null(deal_partner_key, deal_key, partner_key); found(partner_key in staging.stg_partners.partner_key)
with

setting as (

    select as_of_moment
    from config.setting

),

roles as (

    select
        deals.deal_key,
        partners.partner_key,
        roles.role,
        roles.share,
        roles.recorded_at,
        case when roles.removed_at < setting.as_of_moment then roles.removed_at end as removed_at,
        roles.source,
        roles.record_id
    from input.typed_deal_partners as roles
    inner join staging.deal_record as deals on deals.record_key = roles.deal_reference
    inner join staging.partner_record as partners on partners.record_key = roles.partner_reference
    cross join setting
    where roles.problem is null and coalesce(roles.recorded_at < setting.as_of_moment, true)

),

-- the same partner may hold the same role twice, given back and given again: each row is evidence of its own (R49)
numbered as (

    select
        *,
        row_number() over (
            partition by deal_key, partner_key, role
            order by recorded_at nulls first, source, length(record_id) desc, record_id desc
        ) as place
    from roles

),

final as (

    select
        deal_key || '|' || partner_key || '|' || coalesce(role, '') || case when place > 1 then '~' || place else '' end
            as deal_partner_key,
        deal_key,
        partner_key,
        role,
        share,
        recorded_at,
        removed_at,
        source || ':' || record_id as record_key
    from numbered

)

select * from final
