-- model: attribution.int_touch
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of one counted deal, the verdict on it and why, in words; "counts" makes it a qualifying touch (R37, R38, R41, R49).
-- as: view
with

verdicts as (

    select *
    from attribution.int_verdict

),

deals as (

    select deal_key, judged_on, window_starts_on, late_after_on, evidence_on
    from attribution.int_deal

),

final as (

    select
        verdicts.deal_key,
        verdicts.deal_no,
        verdicts.touch_table,
        verdicts.touch_key,
        verdicts.partner_key,
        verdicts.kind,
        verdicts.occurred_at,
        verdicts.occurred_on,
        verdicts.recorded_at,
        verdicts.recorded_on,
        verdicts.removed_at,
        verdicts.verdict,
        verdicts.is_set_aside,
        case
            when verdicts.touch_table = 'overrides'
                then 'Counts: an override says that this partner influenced the deal'
            when verdicts.verdict = 'counts' and not verdicts.is_set_aside
                then 'Counts: in the window and on record in time'
            when verdicts.verdict = 'counts'
                then 'Does not count: an override says that no partner brought or helped this deal'
            when verdicts.verdict = 'kind'
                then 'Does not count: ' || replace(verdicts.kind, '_', ' ') || ' is not a qualifying kind of touch'
            when verdicts.verdict = 'no_date'
                then 'No touch: the role has no date'
            when verdicts.verdict = 'not_accepted'
                then 'Does not count: the lead was not accepted'
            when verdicts.verdict = 'not_approved'
                then 'Does not count: the registration is not approved'
            when verdicts.verdict = 'before_window'
                then 'Does not count: ' || say_date(verdicts.occurred_on) || ' is before the window, which begins on ' || say_date(deals.window_starts_on)
            when verdicts.verdict = 'after_close'
                then 'Does not count: ' || say_date(verdicts.occurred_on) || ' is after '
                || case when deals.late_after_on is null then 'the as-of date, ' else 'the deal closed on ' end || say_date(deals.judged_on)
            when verdicts.verdict = 'recorded_late'
                then 'Does not count: recorded on ' || say_date(verdicts.recorded_on) || '; the last day for evidence of a deal closed on '
                || say_date(deals.judged_on) || ' was ' || say_date(deals.late_after_on)
            when verdicts.verdict = 'decided_late'
                then 'Does not count: accepted on ' || say_date(verdicts.stands_from_on) || ', after ' || say_date(deals.evidence_on) || ', the last day for evidence'
            when verdicts.touch_table = 'leads'
                then 'Does not count: the lead was rejected again on ' || say_date(verdicts.stands_until_on)
            else 'Does not count: removed on ' || say_date(verdicts.stands_until_on)
        end as reason
    from verdicts
    inner join deals on deals.deal_key = verdicts.deal_key

)

select * from final
