-- model: marts.fct_touch
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of one counted deal and why it counts or does not.
-- checks: unique(grain); same_rows(attribution.int_touch); not_null(counts, reason)
with

touches as (

    select deal_key, touch_table, touch_key, partner_key, kind, occurred_at, occurred_on, recorded_at, removed_at, verdict
    from attribution.int_touch

),

deals as (

    select deal_key, closed_on, judged_on, window_starts_on, late_after_on, evidence_on
    from attribution.int_deal

),

directs as (

    select deal_key
    from attribution.int_deal_source
    where is_direct_by_override

),

final as (

    select
        touches.deal_key,
        touches.touch_key,
        touches.touch_table,
        touches.partner_key,
        touches.kind,
        touches.occurred_at,
        touches.recorded_at,
        touches.removed_at,
        touches.verdict = 'counts' and directs.deal_key is null as counts,
        case
            when touches.verdict = 'counts' and directs.deal_key is not null
                then 'Does not count: an override says that no partner brought or helped this deal'
            when touches.touch_table = 'overrides'
                then 'Counts: an override says that this partner influenced the deal'
            when touches.verdict = 'counts'
                then 'Counts: in the window and on record in time'
            when touches.verdict = 'kind'
                then 'Does not count: ' || touches.kind || ' is not a qualifying kind of touch'
            when touches.verdict = 'no_date'
                then 'No touch: the role has no date'
            when touches.verdict = 'not_accepted'
                then 'Does not count: the lead was not accepted'
            when touches.verdict = 'not_approved'
                then 'Does not count: the registration is not approved'
            when touches.verdict = 'before_window'
                then 'Does not count: ' || say_date(touches.occurred_on) || ' is before the window, which begins on ' || say_date(deals.window_starts_on)
            when touches.verdict = 'after_close'
                then 'Does not count: ' || say_date(touches.occurred_on) || ' is after '
                || case when deals.closed_on is null then 'the as-of date, ' else 'the deal closed on ' end || say_date(deals.judged_on)
            when touches.verdict = 'recorded_late'
                then 'Does not count: recorded after ' || say_date(deals.late_after_on) || ', the last day for evidence of a deal closed on ' || say_date(deals.judged_on)
            when touches.verdict = 'decided_late'
                then 'Does not count: accepted after ' || say_date(deals.evidence_on) || ', the last day for evidence'
            when touches.touch_table = 'leads'
                then 'Does not count: the lead was rejected again by ' || say_date(deals.evidence_on)
            else 'Does not count: removed by ' || say_date(deals.evidence_on)
        end as reason
    from touches
    inner join deals on deals.deal_key = touches.deal_key
    left join directs on directs.deal_key = touches.deal_key

)

select * from final
