-- model: attribution.int_credit_total
-- grain: deal_key, model
-- keep: no
-- about: Each row is what the partners of one counted deal get together under one credit model, added up once for every check of credit.
with

final as (

    select
        deal_key,
        model,
        count(*) as partners,
        sum(weight) as weight,
        max(total_weight) as total_weight,
        sum(share) as shares,
        sum(amount_reporting_minor) as parts_minor
    from attribution.int_deal_credit
    group by deal_key, model

)

select * from final
