-- model: attribution.int_deal
-- grain: deal_key
-- about: Each row is one counted deal with the days that decide which evidence may count for it (R19, R37). `deal_no` is its place among all by its key: what is sorted or joined by it costs half of what text does.
-- checks: unique(grain); unique(deal_no); not_null(deal_key, deal_no, state, created_on, judged_on, window_starts_on, claims_end_on, evidence_on)
with

deals as (

    select deal_key, account_key, state, order_type, created_at, created_on, closed_on
    from staging.stg_deals
    where is_counted

),

setting as (

    select as_of, lookback_days, claim_days, late_days, evidence
    from config.setting

),

final as (

    select
        deals.deal_key,
        row_number() over (order by deals.deal_key) as deal_no,
        deals.account_key,
        deals.state,
        deals.order_type,
        deals.created_at,
        deals.created_on,
        deals.closed_on,
        coalesce(deals.closed_on, setting.as_of) as judged_on,
        add_days(deals.created_on, -setting.lookback_days) as window_starts_on,
        add_days(deals.created_on, setting.claim_days) as claims_end_on,
        add_days(deals.closed_on, setting.late_days) as late_after_on,
        case
            when setting.evidence = 'close' and deals.closed_on is not null then add_days(deals.closed_on, setting.late_days)
            else setting.as_of
        end as evidence_on
    from deals
    cross join setting

)

select * from final
