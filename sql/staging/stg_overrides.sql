-- model: staging.stg_overrides
-- grain: deal_key, place
-- about: Each row is one override of a deal decided by the as-of date; of several the latest counts, at the same time the greatest place (R15).
-- checks: unique(grain); not_null(deal_key, decision, decided_at, place); one_of(decision: sourced, influenced, none); found(partner_key in staging.stg_partners.partner_key)
with

setting as (

    select as_of_moment
    from config.setting

),

overrides as (

    select
        deals.deal_key,
        partners.partner_key,
        overrides.decision,
        overrides.reason,
        overrides.approver,
        overrides.decided_at,
        sources.position as source_position,
        positions.file,
        positions.line,
        overrides.source,
        overrides.record_id
    from input.typed_overrides as overrides
    cross join setting
    inner join config.source as sources on sources.source = overrides.source
    inner join staging.deal_record as deals on deals.record_key = overrides.deal_reference
    left join staging.partner_record as partners on partners.record_key = overrides.partner_reference
    left join raw.position as positions
        on positions.source = overrides.source
        and positions.stream = 'overrides'
        and positions.id = overrides.record_id
    where
        overrides.problem is null
        and overrides.decided_at < setting.as_of_moment
        and (overrides.partner_reference is null or partners.partner_key is not null)

),

final as (

    select
        deal_key,
        partner_key,
        decision,
        reason,
        approver,
        decided_at,
        row_number() over (
            partition by deal_key
            order by source_position desc, file nulls first, line nulls first, length(record_id) desc, record_id desc
        ) as place,
        source || ':' || record_id as record_key
    from overrides

)

select * from final
