-- model: input.hubspot_role
-- about: Each row is one role that a partner had on a deal while consecutive versions of the deal's associations showed it.
with

associations as (

    select *
    from input.hubspot_association

),

partners as (

    select source, object, id
    from input.hubspot_partner_record

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'deal_partners'

),

-- a pair's own labels tell its roles; HubSpot's types count only for a pair that has none (R98)
pairs as (

    select
        associations.*,
        value_map.maps,
        not associations.is_hubspot_defined and associations.label is not null as is_own,
        bool_or(not associations.is_hubspot_defined and associations.label is not null) over (
            partition by
                associations.source,
                associations.object,
                associations.deal_id,
                associations.place,
                associations.company_id
        ) as has_own
    from associations
    inner join partners
        on partners.source = associations.source
        and partners.object = associations.object
        and partners.id = associations.company_id
    left join value_map on value_map.source = associations.source

),

roles as (

    select distinct
        source,
        object,
        deal_id,
        company_id,
        place,
        seen_at,
        seen_until,
        case
            when not is_own then 'influenced'
            else coalesce(vendor_word(maps, 'role', label), role_of_words(label), 'influenced')
        end as role
    from pairs
    where is_own = has_own

),

-- versions that follow each other without a gap are one stretch
stretched as (

    select
        *,
        place - row_number() over (partition by source, object, deal_id, company_id, role order by place) as stretch
    from roles

),

final as (

    select
        source,
        object,
        deal_id,
        company_id as partner_id,
        role,
        min(seen_at) as seen_at,
        -- the last version's end, which is null as long as it stands
        arg_max_null(seen_until, place) as seen_until
    from stretched
    group by source, object, deal_id, company_id, role, stretch

)

select * from final
