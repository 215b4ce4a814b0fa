-- model: input.hubspot_deal_account
-- grain: source, deal_id
-- about: Each row is one deal and the company that is its account: of those that are no partner's, the primary one, else the only one (R97).
with

associations as (

    select source, deal_id, company_id, is_hubspot_defined, label
    from input.hubspot_association
    where is_latest and object = 'companies'

),

companies as (

    select source, id
    from input.hubspot_company
    where is_living and not is_partner

),

candidates as (

    select
        associations.source,
        associations.deal_id,
        associations.company_id,
        bool_or(coalesce(associations.is_hubspot_defined and lower(associations.label) = 'primary', false)) as is_primary
    from associations
    inner join companies on companies.source = associations.source and companies.id = associations.company_id
    group by all

),

final as (

    select
        source,
        deal_id,
        case
            when count(*) filter (where is_primary) = 1 then max(company_id) filter (where is_primary)
            when count(*) = 1 then max(company_id)
        end as account_id,
        count(*) as companies
    from candidates
    group by source, deal_id

)

select * from final
