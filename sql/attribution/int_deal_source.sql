-- model: attribution.int_deal_source
-- grain: deal_key
-- about: Each row is one counted deal with its source, the rule that gave it and, when several partners claimed it, the step that settled it (R44, R45).
-- checks: unique(grain); same_rows(attribution.int_deal)
-- checks: one_of(settled_by: incumbent, certification, earliest_decided, earliest_claimed, smallest_key)
with

deals as (

    select deal_key, deal_no
    from attribution.int_deal

),

found as (

    select sources.deal_key, sources.partner_key, sources.rule, sources.is_conflict, sources.settled_by
    from attribution.int_found_source as sources
    inner join config.setting on setting.evidence = sources.evidence

),

directs as (

    select deal_key
    from attribution.int_override
    where effect = 'direct'

),

final as (

    select
        deals.deal_key,
        deals.deal_no,
        found.partner_key as source_partner_key,
        case when directs.deal_key is not null then 'override' else found.rule end as source_rule,
        directs.deal_key is not null as is_direct_by_override,
        coalesce(found.is_conflict, false) as is_conflict,
        found.settled_by
    from deals
    left join found on found.deal_key = deals.deal_key
    left join directs on directs.deal_key = deals.deal_key

)

select * from final
