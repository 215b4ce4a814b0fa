-- model: attribution.int_contest
-- grain: deal_key, partner_key
-- about: Each row is one of several partners that the deciding rule of a deal left, by the evidence asked for, and the conflict step that leaves it out (R44, R45).
-- as: view
with

final as (

    select
        contests.deal_key,
        contests.partner_key,
        contests.rule,
        contests.first_decided_at,
        contests.first_claimed_at,
        contests.is_certified,
        contests.left_out_by,
        contests.settled_by,
        contests.incumbent_deal_key
    from attribution.int_judged_contest as contests
    inner join config.setting on setting.evidence = contests.evidence

)

select * from final
