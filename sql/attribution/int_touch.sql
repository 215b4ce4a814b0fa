-- model: attribution.int_touch
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of one counted deal and the verdict on it; "counts" makes it a qualifying touch (R37, R38, R41, R49).
-- checks: unique(grain); not_null(deal_key, touch_table, touch_key, partner_key, verdict)
-- checks: one_of(verdict: counts, kind, no_date, not_accepted, not_approved, before_window, after_close, recorded_late, decided_late, removed)
with

evidence as (

    select * from attribution.int_evidence

),

deals as (

    select deal_key, account_key, judged_on, window_starts_on, late_after_on, evidence_on
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

-- what names a deal belongs to that deal or to none (R23)
named as (

    select
        deals.deal_key,
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
        deals.evidence_on
    from evidence
    inner join deals on deals.deal_key = evidence.deal_key

),

-- what names only an account belongs to each of its deals in whose window it falls; one lookback to either side is kept as a near miss
of_account as (

    select
        deals.deal_key,
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
        deals.evidence_on
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
        deal_key,
        touch_table,
        touch_key,
        partner_key,
        kind,
        occurred_at,
        occurred_on,
        recorded_at,
        recorded_on,
        removed_at,
        case
            when objection is not null then objection
            when occurred_on < window_starts_on then 'before_window'
            when touch_table <> 'touches' and recorded_on > late_after_on then 'recorded_late'
            when occurred_on > judged_on then 'after_close'
            when recorded_on > late_after_on then 'recorded_late'
            when stands_from_on > evidence_on then 'decided_late'
            when stands_until_on <= evidence_on then 'removed'
            else 'counts'
        end as verdict
    from gathered

),

-- an override that says a partner influenced the deal is a touch beyond window and lateness (R41)
decided as (

    select
        deal_key,
        'overrides' as touch_table,
        deal_key as touch_key,
        partner_key,
        'override' as kind,
        decided_at as occurred_at,
        decided_on as occurred_on,
        cast(null as timestamptz) as recorded_at,
        cast(null as date) as recorded_on,
        cast(null as timestamptz) as removed_at,
        'counts' as verdict
    from overrides

),

final as (

    select * from judged
    union all
    select * from decided

)

select * from final
