-- model: marts.fct_deal_credit
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's share of one deal behind the period's numbers, under each credit model.
-- checks: unique(grain)
with

kept as (

    select deal_key
    from staging.kept_deal

),

final as (

    select facts.deal_key, facts.partner_key, facts.model, facts.share, facts.amount_reporting_minor
    from published.marts.fct_deal_credit as facts
    inner join kept on kept.deal_key = facts.deal_key

)

select * from final
