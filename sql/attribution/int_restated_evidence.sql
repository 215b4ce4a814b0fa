-- model: attribution.int_restated_evidence
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of one closed deal that stood at the close and does not stand now, or the reverse: removed, rejected, accepted or approved since (R37).
-- checks: unique(grain); one_of(change: removed, decided_late)
with

evidence as (

    select touch_table, touch_key, partner_key, deal_key, account_key, kind, occurred_on, stands_from_on, stands_until_on
    from attribution.int_evidence
    where stands_from_on is not null or stands_until_on is not null

),

deals as (

    select deal_key, account_key, window_starts_on, judged_on, late_after_on
    from attribution.int_deal
    where late_after_on is not null

),

paired as (

    select deals.deal_key, deals.late_after_on, evidence.touch_table, evidence.touch_key, evidence.partner_key, evidence.kind,
        evidence.stands_from_on, evidence.stands_until_on
    from evidence
    inner join deals on deals.deal_key = evidence.deal_key
    where evidence.stands_from_on > deals.late_after_on or evidence.stands_until_on > deals.late_after_on

    union all

    select deals.deal_key, deals.late_after_on, evidence.touch_table, evidence.touch_key, evidence.partner_key, evidence.kind,
        evidence.stands_from_on, evidence.stands_until_on
    from evidence
    inner join deals on deals.account_key = evidence.account_key
    where evidence.deal_key is null
        and (evidence.stands_from_on > deals.late_after_on or evidence.stands_until_on > deals.late_after_on)
        and evidence.occurred_on >= deals.window_starts_on
        and evidence.occurred_on <= deals.judged_on

),

final as (

    select
        deal_key,
        touch_table,
        touch_key,
        partner_key,
        kind,
        case when stands_until_on > late_after_on then 'removed' else 'decided_late' end as change,
        case when stands_until_on > late_after_on then stands_until_on else stands_from_on end as changed_on
    from paired

)

select * from final
