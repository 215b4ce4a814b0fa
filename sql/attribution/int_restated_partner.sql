-- model: attribution.int_restated_partner
-- grain: deal_key, partner_key
-- about: Each row is one partner of one restated deal by the evidence that was not asked for: its source, or a partner with a qualifying touch.
-- checks: unique(grain); not_null(deal_key, partner_key, is_source)
with

deals as (

    select deal_key, evidence, evidence_on
    from attribution.int_restated_deal

),

evidence as (

    select touch_table, touch_key, stands_from_on, stands_until_on
    from attribution.int_evidence

),

touches as (

    select touches.deal_key, touches.partner_key
    from attribution.int_verdict as touches
    inner join deals on deals.deal_key = touches.deal_key
    left join evidence
        on evidence.touch_table = touches.touch_table
        and evidence.touch_key = touches.touch_key
    where not touches.is_set_aside
        and touches.verdict in ('counts', 'removed', 'decided_late')
        and coalesce(evidence.stands_from_on <= deals.evidence_on, true)
        and coalesce(evidence.stands_until_on > deals.evidence_on, true)

),

sources as (

    select found.deal_key, found.partner_key
    from attribution.int_found_source as found
    inner join deals
        on deals.deal_key = found.deal_key
        and deals.evidence = found.evidence

),

gathered as (

    select deal_key, partner_key, 0 as is_source
    from touches
    union all
    select deal_key, partner_key, 1 as is_source
    from sources

),

final as (

    select deal_key, partner_key, max(is_source) = 1 as is_source
    from gathered
    group by deal_key, partner_key

)

select * from final
