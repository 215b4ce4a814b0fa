-- model: attribution.int_deal_path
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one step on the way to a deal with several partners: its qualifying touches and, when none of them is the source's own claim, that claim (R50); roles of one moment go by partner, then role (R52).
-- checks: unique(grain); not_null(deal_key, partner_key, occurred_at, place, days_before)
with

crowded as (

    select deal_no, partner_key, place, partners
    from attribution.int_deal_partner
    where partners > 1

),

touches as (

    select
        touches.deal_key,
        touches.deal_no,
        touches.touch_table,
        touches.touch_key,
        touches.partner_key,
        touches.kind,
        touches.occurred_at,
        touches.occurred_on,
        crowded.place as partner_place,
        crowded.partners
    from attribution.int_verdict as touches
    inner join crowded
        on crowded.deal_no = touches.deal_no
        and crowded.partner_key = touches.partner_key
    where touches.verdict = 'counts'

),

deals as (

    select deal_no, created_at, created_on, judged_on
    from attribution.int_deal

),

winning_claims as (

    select
        claims.deal_key,
        sources.deal_no,
        claims.claim_table,
        claims.claim_key,
        claims.partner_key,
        claims.rule,
        claims.claimed_at,
        claims.claimed_on,
        crowded.place as partner_place,
        crowded.partners
    from attribution.int_deal_source as sources
    inner join crowded
        on crowded.deal_no = sources.deal_no
        and crowded.partner_key = sources.source_partner_key
    inner join attribution.int_claim as claims
        on claims.deal_key = sources.deal_key
        and claims.rule = sources.source_rule
        and claims.partner_key = sources.source_partner_key
    where claims.is_accepted

),

matched as (

    select
        winning_claims.*,
        max(case when touches.deal_no is null then 0 else 1 end) over (partition by winning_claims.deal_no) as is_on_path,
        row_number() over (
            partition by winning_claims.deal_no
            order by
                case when winning_claims.claimed_at is null then 1 else 0 end,
                winning_claims.claimed_at,
                winning_claims.claim_table,
                winning_claims.claim_key
        ) as place
    from winning_claims
    left join touches
        on touches.deal_no = winning_claims.deal_no
        and touches.touch_table = winning_claims.claim_table
        and touches.touch_key = winning_claims.claim_key

),

-- an override and a claim of unknown time stand at the deal's creation (R50)
added as (

    select
        matched.deal_key,
        matched.deal_no,
        'claim' as touch_table,
        matched.claim_key as touch_key,
        matched.partner_key,
        matched.rule as kind,
        case when matched.rule = 'override' then deals.created_at else coalesce(matched.claimed_at, deals.created_at) end as occurred_at,
        case when matched.rule = 'override' then deals.created_on else coalesce(matched.claimed_on, deals.created_on) end as occurred_on,
        matched.partner_place,
        matched.partners
    from matched
    inner join deals on deals.deal_no = matched.deal_no
    where matched.place = 1 and matched.is_on_path = 0

),

gathered as (

    select * from touches
    union all
    select * from added

),

dated as (

    select gathered.*, greatest(day_diff(gathered.occurred_on, deals.judged_on), 0) as days_before
    from gathered
    inner join deals on deals.deal_no = gathered.deal_no

),

final as (

    select
        deal_key,
        deal_no,
        touch_table,
        touch_key,
        partner_key,
        kind,
        occurred_at,
        occurred_on,
        days_before,
        row_number() over (
            partition by deal_no
            order by
                occurred_at,
                touch_table,
                case when touch_table = 'deal_partners' then partner_key end,
                case when touch_table = 'deal_partners' then kind end,
                touch_key
        ) as place,
        count(*) over (partition by deal_no) as steps,
        min(days_before) over (partition by deal_no) as nearest_days_before,
        partner_place,
        partners
    from dated

)

select * from final
