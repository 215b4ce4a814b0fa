-- model: attribution.int_evidence
-- grain: touch_table, touch_key
-- about: Each row is the facts of one piece of evidence of a deal behind the period's numbers, as they stood.
-- checks: unique(grain)
with

named as (

    select touch_table, touch_key from marts.fct_touch
    union
    select claim_table as touch_table, claim_key as touch_key from marts.fct_claim

),

final as (

    select
        evidence.touch_table,
        evidence.touch_key,
        evidence.partner_key,
        evidence.deal_key,
        evidence.account_key,
        evidence.kind,
        evidence.occurred_at,
        evidence.occurred_on,
        evidence.recorded_on,
        evidence.stands_from_on,
        evidence.stands_until_on
    from published.attribution.int_evidence as evidence
    inner join named
        on named.touch_table = evidence.touch_table
        and named.touch_key = evidence.touch_key

)

select * from final
