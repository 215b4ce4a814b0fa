-- check: conflict
-- severity: warning
-- stops: no
-- about: Deals that several partners claim under the same rule, with every claimant and the step that settled it (R45, R46).
with

contested as (

    select deal_key, source_partner_key, source_rule, settled_by
    from attribution.int_deal_source
    where is_conflict

),

claims as (

    select
        claims.deal_key,
        claims.partner_key,
        claims.claimed_at,
        claims.claim_key,
        coalesce(partners.name, claims.partner_key) || ' (' || claims.partner_key || '): ' || claims.reason as words
    from contested
    inner join attribution.int_claim as claims
        on claims.deal_key = contested.deal_key
        and claims.rule = contested.source_rule
    left join staging.stg_partners as partners on partners.partner_key = claims.partner_key
    where claims.is_accepted

),

listed as (

    select
        deal_key,
        count(distinct partner_key) as claimants,
        string_agg(words, '; ' order by claimed_at nulls last, partner_key, claim_key) as words
    from claims
    group by deal_key

),

final as (

    select
        'deals' as entity,
        contested.deal_key as entity_key,
        listed.claimants || ' partners claim ' || coalesce(deals.name || ' (' || deals.deal_key || ')', deals.deal_key) || '. ' || listed.words || '. It goes to '
        || coalesce(partners.name, contested.source_partner_key) || ', settled by '
        || case contested.settled_by
            when 'incumbent' then 'the incumbent of the account'
            when 'certification' then 'an active certification on ' || say_date(deals.created_on) || ', when the deal was created'
            when 'earliest_decided' then 'the earliest decision'
            when 'earliest_claimed' then 'the earliest claim'
            else 'the smallest key, all else being equal'
        end as message,
        'if another partner should have it, record an override for the deal' as fix,
        deals.amount_reporting_minor
    from contested
    inner join listed on listed.deal_key = contested.deal_key
    inner join marts.fct_deal as deals on deals.deal_key = contested.deal_key
    left join staging.stg_partners as partners on partners.partner_key = contested.source_partner_key

)

select * from final
