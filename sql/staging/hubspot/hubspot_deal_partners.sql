-- into: input.deal_partners
-- about: Labelled associations of deals with partners, and those that the log saw go.
with

roles as (

    select *
    from input.hubspot_role

),

deals as (

    select source, id
    from input.hubspot_deal

),

-- what the first whole load showed may be of any age: when it was recorded is not known (R99)
first_loads as (

    select load.source, load.stream, min(run.started_at) as seen_at
    from raw.load as load
    inner join raw.run as run on run.run_id = load.run_id
    where starts_with(load.stream, 'associations.deals.') and load.status <> 'failed'
    group by load.source, load.stream

),

first_versions as (

    select source, stream, min(seen_at) as seen_at
    from raw.record
    where starts_with(stream, 'associations.deals.')
    group by source, stream

),

final as (

    select
        roles.source,
        roles.deal_id || '|' || roles.partner_id || '|' || roles.role || '|' || epoch_us(roles.seen_at) as record_id,
        roles.deal_id,
        roles.partner_id,
        roles.role,
        case
            when roles.seen_at > coalesce(first_loads.seen_at, first_versions.seen_at)
                then strftime(roles.seen_at, '%Y-%m-%dT%H:%M:%S.%fZ')
        end as recorded_at,
        strftime(roles.seen_until, '%Y-%m-%dT%H:%M:%S.%fZ') as removed_at
    from roles
    inner join deals on deals.source = roles.source and deals.id = roles.deal_id
    inner join first_versions
        on first_versions.source = roles.source
        and first_versions.stream = 'associations.deals.' || roles.object
    left join first_loads
        on first_loads.source = roles.source
        and first_loads.stream = 'associations.deals.' || roles.object

)

select * from final
