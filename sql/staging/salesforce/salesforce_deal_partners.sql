-- into: input.deal_partners
-- about: OpportunityPartner; a row cannot be changed, only made and removed, and a removed one was removed when the log saw it go.
with

roles as (

    select
        source,
        id,
        op,
        seen_at,
        payload ->> '$.OpportunityId' as deal_id,
        payload ->> '$.AccountToId' as account_id,
        cell(payload ->> '$.Role') as role,
        (payload ->> '$.IsPrimary') = 'true' as is_primary,
        payload ->> '$.CreatedDate' as created_at,
        case when op = 'delete' and (payload ->> '$.IsDeleted') = 'true' then payload ->> '$.SystemModstamp' end as deleted_at
    from input.latest
    where kind = 'salesforce' and stream = 'OpportunityPartner'

),

opportunities as (

    select source, id
    from input.salesforce_opportunity

),

survivors as (

    select source, merged_id, survivor_id
    from input.salesforce_survivor

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deal_partners'

),

final as (

    select
        roles.source,
        roles.id as record_id,
        roles.deal_id,
        coalesce(survivors.survivor_id, roles.account_id) as partner_id,
        -- a role that tells nothing leaves the word to the primary flag (R107)
        coalesce(
            vendor_word(value_map.maps, 'role', roles.role),
            role_of_words(roles.role),
            case when roles.is_primary then 'sourced' else 'influenced' end
        ) as role,
        roles.created_at as recorded_at,
        case
            when roles.op = 'delete' then coalesce(roles.deleted_at, strftime(roles.seen_at, '%Y-%m-%dT%H:%M:%S.%fZ'))
        end as removed_at
    from roles
    inner join opportunities on opportunities.source = roles.source and opportunities.id = roles.deal_id
    left join survivors on survivors.source = roles.source and survivors.merged_id = roles.account_id
    left join value_map on value_map.source = roles.source

)

select * from final
