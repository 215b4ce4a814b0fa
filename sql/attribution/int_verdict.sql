-- model: attribution.int_verdict
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of one counted deal and the verdict on it; "counts" makes it a qualifying touch (R37, R38, R41, R49). attribution.int_touch says it in words.
-- checks: unique(grain); not_null(deal_key, deal_no, touch_table, touch_key, partner_key, verdict, is_set_aside)
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
set_aside as (

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
        judged.stands_from_on,
        judged.stands_until_on,
        judged.verdict,
        directs.deal_key is not null as is_set_aside
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
        cast(null as date) as stands_from_on,
        cast(null as date) as stands_until_on,
        'counts' as verdict,
        false as is_set_aside
    from overrides
    inner join deals on deals.deal_key = overrides.deal_key

),

final as (

    select * from set_aside
    union all
    select * from decided

)

select * from final
order by deal_no, touch_table, touch_key
