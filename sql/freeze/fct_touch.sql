-- model: marts.fct_touch
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of one deal behind the period's numbers.
-- checks: unique(grain)
with

kept as (

    select deal_key
    from staging.kept_deal

),

final as (

    select facts.deal_key, facts.touch_table, facts.touch_key, facts.partner_key, facts.kind, facts.occurred_at, facts.recorded_at, facts.removed_at, facts.counts, facts.reason
    from published.marts.fct_touch as facts
    inner join kept on kept.deal_key = facts.deal_key

)

select * from final
