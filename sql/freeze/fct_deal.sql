-- model: marts.fct_deal
-- grain: deal_key
-- about: Each row is one counted deal as it was presented; also those of other periods, so that a deal that moves between periods is known.
-- checks: unique(grain)
with

final as (

    select
        deal_key,
        name,
        account_key,
        state,
        order_type,
        class,
        source_partner_key,
        source_rule,
        created_on,
        closed_on,
        amount_minor,
        currency,
        amount_reporting_minor,
        fx_rate,
        fx_on
    from published.marts.fct_deal

)

select * from final
