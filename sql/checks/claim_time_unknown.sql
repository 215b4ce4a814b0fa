-- check: claim_time_unknown
-- severity: warning
-- stops: no
-- about: Declarations of unknown time that were accepted and decide a deal (R43).
with

final as (

    select
        claims.claim_table as entity,
        claims.claim_key as entity_key,
        coalesce(partners.name, claims.partner_key) || ' is declared to have brought ' || coalesce(deals.name || ' (' || deals.deal_key || ')', deals.deal_key) || ', created on ' || say_date(deals.created_on)
        || ', at an unknown time; it is accepted as if it had been in time' as message,
        'give the declaration its date, or record an override for the deal' as fix,
        deals.amount_reporting_minor
    from attribution.int_claim as claims
    inner join marts.fct_deal as deals
        on deals.deal_key = claims.deal_key
        and deals.source_rule = claims.rule
    left join staging.stg_partners as partners on partners.partner_key = claims.partner_key
    where claims.verdict = 'time_unknown'

)

select * from final
