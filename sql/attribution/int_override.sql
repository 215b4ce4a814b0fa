-- model: attribution.int_override
-- grain: deal_key
-- about: Each row is the override in force of one counted deal: the latest decided, of equal times the later line (R15).
-- checks: unique(grain); not_null(deal_key, effect); one_of(effect: source, direct, influence, nothing); found(deal_key in attribution.int_deal.deal_key)
with

overrides as (

    select deal_key, partner_key, decision, reason, approver, decided_at, place, record_key
    from staging.stg_overrides

),

deals as (

    select deal_key
    from attribution.int_deal

),

setting as (

    select timezone
    from config.setting

),

ranked as (

    select
        overrides.*,
        row_number() over (partition by overrides.deal_key order by overrides.decided_at desc, overrides.place desc) as recency
    from overrides
    inner join deals on deals.deal_key = overrides.deal_key

),

-- "sourced" by nobody says the same as "none", which is nobody's even when it names a partner, and an influence without a
-- partner says nothing (R41)
final as (

    select
        ranked.deal_key,
        case when ranked.decision <> 'none' then ranked.partner_key end as partner_key,
        case
            when ranked.decision = 'sourced' and ranked.partner_key is not null then 'source'
            when ranked.decision in ('sourced', 'none') then 'direct'
            when ranked.partner_key is not null then 'influence'
            else 'nothing'
        end as effect,
        ranked.reason,
        ranked.approver,
        ranked.decided_at,
        local_date(ranked.decided_at, setting.timezone) as decided_on,
        ranked.record_key
    from ranked
    cross join setting
    where ranked.recency = 1

)

select * from final
