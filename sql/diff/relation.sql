-- model: difference.relation
-- grain: deal_key, partner_key
-- about: Each row is one partner of a deal whose attribution differs, on either side, with what it was to the deal.
-- checks: unique(grain)
with

deals as (

    select deal_key
    from difference.attribution

),

partners_before as (

    select partners.deal_key, partners.partner_key, partners.is_source
    from before.marts.fct_deal_partner as partners
    inner join deals on deals.deal_key = partners.deal_key

),

partners_after as (

    select partners.deal_key, partners.partner_key, partners.is_source
    from after.marts.fct_deal_partner as partners
    inner join deals on deals.deal_key = partners.deal_key

),

final as (

    select
        coalesce(partners_after.deal_key, partners_before.deal_key) as deal_key,
        coalesce(partners_after.partner_key, partners_before.partner_key) as partner_key,
        coalesce(partners_before.is_source, false) as is_source_before,
        coalesce(partners_after.is_source, false) as is_source_after,
        coalesce(not partners_before.is_source, false) as is_influence_before,
        coalesce(not partners_after.is_source, false) as is_influence_after
    from partners_before
    full join partners_after
        on partners_after.deal_key = partners_before.deal_key
        and partners_after.partner_key = partners_before.partner_key

)

select * from final
