-- into: staging.finding
-- about: Deals with several companies of which none is the primary one: they have no account (R97).
with

accounts as (

    select accounts.source, accounts.deal_id, accounts.companies
    from input.hubspot_deal_account as accounts
    inner join input.hubspot_deal as deals on deals.source = accounts.source and deals.id = accounts.deal_id
    where accounts.account_id is null

),

final as (

    select
        'account_ambiguous' as check_id,
        'deals' as entity,
        source || ':' || deal_id as entity_key,
        'the deal has ' || companies || ' companies and none of them is its primary one, so it has no account' as message,
        'set the Primary label on the company that buys' as fix
    from accounts

)

select * from final
