-- model: staging.stg_partners
-- grain: partner_key
-- about: Each row is one partner, its records in several systems joined into one; empty columns are filled from the others in the order of the config (R35b).
-- checks: unique(grain); not_null(partner_key, name, type, status); one_of(type: referral, co_sell, agency, integration, reseller, marketplace, services, affiliate, other); found(parent_key in staging.stg_partners.partner_key)
with

setting as (

    select as_of
    from config.setting

),

records as (

    select
        partner_record.partner_key,
        sources.position,
        partners.*
    from input.typed_partners as partners
    inner join staging.partner_record as partner_record on partner_record.record_key = partners.record_key
    inner join config.source as sources on sources.source = partners.source
    where partners.problem is null

),

joined as (

    select
        partner_key,
        first(name order by position, record_key) as name,
        first(type order by position, record_key) filter (where type is not null) as type_raw,
        first(tier order by position, record_key) filter (where tier is not null) as tier,
        first(region order by position, record_key) filter (where region is not null) as region,
        first(manager order by position, record_key) filter (where manager is not null) as manager,
        first(status order by position, record_key) filter (where status is not null) as status,
        first(agreed_on order by position, record_key) filter (where agreed_on is not null) as agreed_on,
        first(ended_on order by position, record_key) filter (where ended_on is not null) as ended_on,
        first(domain order by position, record_key) filter (where domain is not null) as domain,
        first(parent_reference order by position, record_key) filter (where parent_reference is not null) as parent_reference
    from records
    group by partner_key

),

normal_types as (

    select * from (values
        ('referral'), ('co_sell'), ('agency'), ('integration'), ('reseller'), ('marketplace'), ('services'), ('affiliate')
    ) as normal_types (type)

),

-- what ends after the as-of date has not ended yet; `ended` without a date has (R17, R29)
final as (

    select
        joined.partner_key,
        joined.name,
        coalesce(mapped_types.type, normal_types.type, 'other') as type,
        joined.type_raw,
        joined.tier,
        joined.region,
        joined.manager,
        case
            when joined.ended_on <= setting.as_of then 'ended'
            when joined.status = 'ended' and joined.ended_on is not null then 'active'
            else coalesce(joined.status, 'active')
        end as status,
        coalesce(joined.ended_on <= setting.as_of, joined.status = 'ended', false) as is_ended,
        coalesce(joined.status = 'prospect', false) as is_prospect,
        joined.agreed_on,
        case when joined.ended_on <= setting.as_of then joined.ended_on end as ended_on,
        joined.domain,
        parents.partner_key as parent_key
    from joined
    cross join setting
    left join config.partner_type as mapped_types on mapped_types.raw = normalise_word(joined.type_raw)
    left join normal_types on normal_types.type = normalise_word(joined.type_raw)
    left join staging.partner_record as parents on parents.record_key = joined.parent_reference

)

select * from final
