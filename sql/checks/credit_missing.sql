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

credits as (

    select deal_key, count(distinct model) as models
    from marts.fct_deal_credit
    where model in ('sourced_wins', 'first_touch', 'last_touch', 'linear', 'position', 'time_decay', 'source_split')
    group by deal_key

),

final as (

    select
        'deals' as entity,
        deals.deal_key as entity_key,
        'the deal is ' || deals.class || ' with ' || coalesce(partners.partners, 0) || ' partners and has credit under '
        || coalesce(credits.models, 0) || ' models that look at touches or the source' as message,
        'this is a defect of the models: report it with the deal''s explanation' as fix,
        cast(null as bigint) as amount_reporting_minor
    from deals
    left join partners on partners.deal_key = deals.deal_key
    left join credits on credits.deal_key = deals.deal_key
    where partners.source_partner_key is distinct from deals.source_partner_key
        or coalesce(credits.models, 0) <> case deals.class when 'sourced' then 7 when 'influenced' then 6 else 0 end

)

select * from final
