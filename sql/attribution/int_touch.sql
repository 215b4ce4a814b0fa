-- model: attribution.int_touch
-- grain: deal_key, touch_table, touch_key
-- ordered: yes
-- about: Each row is one piece of evidence of one counted deal and the verdict on it; "counts" makes it a qualifying touch (R37, R38, R41, R49).
-- checks: unique(grain); not_null(deal_key, touch_table, touch_key, partner_key, verdict, is_set_aside, reason)
-- checks: one_of(verdict: counts, kind, no_date, not_accepted, not_approved, before_window, after_close, recorded_late, decided_late, removed)
with

evidence as (

    select * from attribution.int_evidence

),

deals as (

    select deal_key, deal_no, account_key, judged_on, window_starts_on, late_after_on, evidence_on
    from attribution.int_deal

),

setting as (

    select lookback_days
    from config.setting

),

overrides as (

    select deal_key, partner_key, decided_at, decided_on
    from attribution.int_override
    where effect = 'influence'

),

directs as (

    select deal_key
    from attribution.int_override
    where effect = 'direct'

),

-- what names a deal belongs to that deal or to none (R23)
named as (

    select
        deals.deal_key,
        deals.deal_no,
        evidence.touch_table,
        evidence.touch_key,
        evidence.partner_key,
        evidence.kind,
        evidence.occurred_at,
        evidence.occurred_on,
        evidence.recorded_at,
        evidence.recorded_on,
        evidence.removed_at,
        evidence.stands_from_on,
        evidence.stands_until_on,
        evidence.objection,
        deals.judged_on,
        deals.window_starts_on,
        deals.late_after_on,
        deals.evidence_on,
        true as is_named
    from evidence
    inner join deals on deals.deal_key = evidence.deal_key

),

-- what names only an account belongs to each of its deals in whose window it falls; one lookback to either side is kept as a near miss
of_account as (

    select
        deals.deal_key,
        deals.deal_no,
        evidence.touch_table,
        evidence.touch_key,
        evidence.partner_key,
        evidence.kind,
        evidence.occurred_at,
        evidence.occurred_on,
        evidence.recorded_at,
        evidence.recorded_on,
        evidence.removed_at,
        evidence.stands_from_on,
        evidence.stands_until_on,
        evidence.objection,
        deals.judged_on,
        deals.window_starts_on,
        deals.late_after_on,
        deals.evidence_on,
        false as is_named
    from evidence
    cross join setting
    inner join deals
        on deals.account_key = evidence.account_key
        and add_days(deals.window_starts_on, -setting.lookback_days) <= evidence.occurred_on
        and add_days(deals.judged_on, setting.lookback_days) >= evidence.occurred_on
    where evidence.deal_key is null

),

gathered as (

    select * from named
    union all
    select * from of_account

),

judged as (

    select
        gathered.*,
        case
            when objection is not null then objection
            when occurred_on < window_starts_on then 'before_window'
            when is_named and touch_table <> 'touches' and recorded_on > late_after_on then 'recorded_late'
            when occurred_on > judged_on then 'after_close'
            when recorded_on > late_after_on then 'recorded_late'
            when stands_from_on > evidence_on then 'decided_late'
            when stands_until_on <= evidence_on then 'removed'
            else 'counts'
        end as verdict
    from gathered

),

-- an override that sets every partner aside leaves the touch what it was, but it earns nothing (R41)
worded as (

    select
        judged.deal_key,
        judged.deal_no,
        judged.touch_table,
        judged.touch_key,
        judged.partner_key,
        judged.kind,
        judged.occurred_at,
        judged.occurred_on,
        judged.recorded_at,
        judged.recorded_on,
        judged.removed_at,
        judged.verdict,
        directs.deal_key is not null as is_set_aside,
        case
            when judged.verdict = 'counts' and directs.deal_key is null
                then 'Counts: in the window and on record in time'
            when judged.verdict = 'counts'
                then 'Does not count: an override says that no partner brought or helped this deal'
            when judged.verdict = 'kind'
                then 'Does not count: ' || judged.kind || ' is not a qualifying kind of touch'
            when judged.verdict = 'no_date'
                then 'No touch: the role has no date'
            when judged.verdict = 'not_accepted'
                then 'Does not count: the lead was not accepted'
            when judged.verdict = 'not_approved'
                then 'Does not count: the registration is not approved'
            when judged.verdict = 'before_window'
                then 'Does not count: ' || say_date(judged.occurred_on) || ' is before the window, which begins on ' || say_date(judged.window_starts_on)
            when judged.verdict = 'after_close'
                then 'Does not count: ' || say_date(judged.occurred_on) || ' is after '
                || case when judged.late_after_on is null then 'the as-of date, ' else 'the deal closed on ' end || say_date(judged.judged_on)
            when judged.verdict = 'recorded_late'
                then 'Does not count: recorded on ' || say_date(judged.recorded_on) || '; the last day for evidence of a deal closed on '
                || say_date(judged.judged_on) || ' was ' || say_date(judged.late_after_on)
            when judged.verdict = 'decided_late'
                then 'Does not count: accepted on ' || say_date(judged.stands_from_on) || ', after ' || say_date(judged.evidence_on) || ', the last day for evidence'
            when judged.touch_table = 'leads'
                then 'Does not count: the lead was rejected again on ' || say_date(judged.stands_until_on)
            else 'Does not count: removed on ' || say_date(judged.stands_until_on)
        end as reason
    from judged
    left join directs on directs.deal_key = judged.deal_key

),

-- an override that says a partner influenced the deal is a touch beyond window and lateness (R41)
decided as (

    select
        overrides.deal_key,
        deals.deal_no,
        'overrides' as touch_table,
        overrides.deal_key as touch_key,
        overrides.partner_key,
        'override' as kind,
        overrides.decided_at as occurred_at,
        overrides.decided_on as occurred_on,
        cast(null as timestamptz) as recorded_at,
        cast(null as date) as recorded_on,
        cast(null as timestamptz) as removed_at,
        'counts' as verdict,
        false as is_set_aside,
        'Counts: an override says that this partner influenced the deal' as reason
    from overrides
    inner join deals on deals.deal_key = overrides.deal_key

),

final as (

    select * from worded
    union all
    select * from decided

)

select * from final
