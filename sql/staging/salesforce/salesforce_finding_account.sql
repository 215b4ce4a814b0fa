-- into: staging.finding
-- about: Opportunities whose account is a partner: they have no account (R104).
with

opportunities as (

    select source, id, account_id
    from input.salesforce_opportunity

),

partners as (

    select source, id, name
    from input.salesforce_account
    where is_partner

),

survivors as (

    select source, merged_id, survivor_id
    from input.salesforce_survivor

),

final as (

    select
        'account_is_partner' as check_id,
        'deals' as entity,
        opportunities.source || ':' || opportunities.id as entity_key,
        'the account of the deal is the partner ' || coalesce(partners.name, partners.id) || ', so the deal has no account' as message,
        'put the company that buys into the account and the partner into the partners of the opportunity' as fix
    from opportunities
    left join survivors on survivors.source = opportunities.source and survivors.merged_id = opportunities.account_id
    inner join partners
        on partners.source = opportunities.source
        and partners.id = coalesce(survivors.survivor_id, opportunities.account_id)

)

select * from final
