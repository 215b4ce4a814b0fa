-- model: marts.fct_deal_partner
-- grain: deal_key, partner_key
-- about: Each row is one partner of one deal behind the period's numbers.
-- checks: unique(grain)
with

kept as (

    select deal_key
    from staging.kept_deal

),

final as (

    select facts.deal_key, facts.partner_key, facts.is_source, facts.is_influence, facts.touches
    from published.marts.fct_deal_partner as facts
    inner join kept on kept.deal_key = facts.deal_key

)

select * from final
