-- check: credit_missing
-- severity: error
-- stops: yes
-- about: Every deal that a partner brought or helped is shared out under every model that knows it; a direct deal has no source.
with

deals as (

    select deal_key, class, source_partner_key
    from marts.fct_deal

),

partners as (

    select deal_key, max(case when is_source then partner_key end) as source_partner_key, count(*) as partners
    from marts.fct_deal_partner
    group by deal_key

),

shared as (

    select
        deal_key,
        max(case when sourced_weight = 1 then partner_key end) as source_partner_key,
        max(case when sourced_weight is null then 0 else 1 end)
        + max(case when first_weight is null then 0 else 1 end)
        + max(case when last_weight is null then 0 else 1 end)
        + max(case when linear_weight is null then 0 else 1 end)
        + max(case when position_weight is null then 0 else 1 end)
        + max(case when decay_weight is null then 0 else 1 end)
        + max(case when split_weight is null then 0 else 1 end) as models
    from attribution.int_deal_part
    group by deal_key

),

final as (

    select
        'deals' as entity,
        deals.deal_key as entity_key,
        'the deal is ' || deals.class || ' with ' || coalesce(partners.partners, 0) || ' partners and has credit under '
        || coalesce(shared.models, 0) || ' models that look at touches or the source' as message,
        'this is a defect of the models: report it with the deal''s explanation' as fix,
        cast(null as bigint) as amount_reporting_minor
    from deals
    left join partners on partners.deal_key = deals.deal_key
    left join shared on shared.deal_key = deals.deal_key
    where partners.source_partner_key is distinct from deals.source_partner_key
        or shared.source_partner_key is distinct from deals.source_partner_key
        or coalesce(shared.models, 0) <> case deals.class when 'sourced' then 7 when 'influenced' then 6 else 0 end

)

select * from final
