-- model: difference.cash_link
-- grain: cash_key
-- about: Each row is one payment, refund or dispute of both sides whose money counts for another class or source, and why: its deal is another one, or the deal is attributed otherwise.
-- checks: unique(grain); not_null(cash_key, reason, detail)
with

cash as (

    select *
    from difference.cash
    where is_known_before and is_known_after
        and (
            deal_key_before is distinct from deal_key_after
            or class_before <> class_after
            or source_before is distinct from source_after
        )

),

records_after as (

    select record_key, deal_key
    from after.staging.deal_record

),

deals_after as (

    select deal_key
    from after.marts.fct_deal

),

deals_before as (

    select deal_key
    from before.marts.fct_deal

),

causes as (

    select deal_key, reason, detail
    from difference.cause

),

rules as (

    select detail
    from difference.rule
    where area = 'cash'

),

judged as (

    select
        cash.cash_key,
        cash.deal_key_before,
        cash.deal_key_after,
        causes.reason as cause_reason,
        causes.detail as cause_detail,
        rules.detail as rule_detail,
        case
            when cash.deal_key_before is not distinct from cash.deal_key_after then causes.reason
            when records_after.deal_key <> cash.deal_key_before then 'merged'
            when deals_after.deal_key is null and cash.deal_key_before is not null and records_after.record_key is not null then 'excluded'
            when deals_after.deal_key is null and cash.deal_key_before is not null then 'deleted'
            when deals_before.deal_key is null and cash.deal_key_after is not null then 'new_deal'
            when rules.detail is not null then 'rule_changed'
            else 'link_changed'
        end as reason
    from cash
    left join records_after on records_after.record_key = cash.deal_key_before
    left join deals_after on deals_after.deal_key = cash.deal_key_before
    left join deals_before on deals_before.deal_key = cash.deal_key_after
    left join causes on causes.deal_key = cash.deal_key_after
    left join rules on true

),

final as (

    select
        cash_key,
        coalesce(reason, 'unexplained') as reason,
        case
            when deal_key_before is not distinct from deal_key_after then coalesce(cause_detail, 'no reason was found; please report it')
            else 'its invoice belonged to ' || coalesce(deal_key_before, 'no deal') || ' before, to ' || coalesce(deal_key_after, 'no deal') || ' now'
                || case reason
                    when 'merged' then ', into which that deal was merged'
                    when 'excluded' then '; that deal is not counted any more'
                    when 'deleted' then '; that deal was deleted'
                    when 'new_deal' then ', which was entered since'
                    when 'rule_changed' then ': ' || rule_detail
                    else ''
                end
        end as detail
    from judged

)

select * from final
