-- model: difference.attribution
-- grain: deal_key
-- about: Each row is one deal that bears on the scope on both sides and whose class, source or partners differ.
-- checks: unique(grain); not_null(deal_key, class_before, class_after)
with

named as (

    select deal_key
    from difference.deal
    where is_known_before and is_known_after
    union
    select deal_key_before as deal_key
    from difference.cash
    where deal_key_before is not null
    union
    select deal_key_after as deal_key
    from difference.cash
    where deal_key_after is not null

),

deals_before as (

    select deal_key, class, source_partner_key, created_on, closed_on, account_key
    from before.marts.fct_deal

),

deals_after as (

    select deal_key, class, source_partner_key, created_on, closed_on, account_key
    from after.marts.fct_deal

),

partners_before as (

    select partners.deal_key, partners.partner_key, partners.is_source
    from before.marts.fct_deal_partner as partners
    inner join named on named.deal_key = partners.deal_key

),

partners_after as (

    select partners.deal_key, partners.partner_key, partners.is_source
    from after.marts.fct_deal_partner as partners
    inner join named on named.deal_key = partners.deal_key

),

moved_partners as (

    select distinct coalesce(partners_after.deal_key, partners_before.deal_key) as deal_key
    from partners_before
    full join partners_after
        on partners_after.deal_key = partners_before.deal_key
        and partners_after.partner_key = partners_before.partner_key
    where partners_before.is_source is distinct from partners_after.is_source

),

final as (

    select
        named.deal_key,
        deals_before.class as class_before,
        deals_after.class as class_after,
        deals_before.source_partner_key as source_before,
        deals_after.source_partner_key as source_after,
        deals_before.created_on as created_on_before,
        deals_after.created_on as created_on_after,
        deals_before.closed_on as closed_on_before,
        deals_after.closed_on as closed_on_after,
        deals_before.account_key as account_key_before,
        deals_after.account_key as account_key_after
    from named
    inner join deals_before on deals_before.deal_key = named.deal_key
    inner join deals_after on deals_after.deal_key = named.deal_key
    left join moved_partners on moved_partners.deal_key = named.deal_key
    where moved_partners.deal_key is not null
        or deals_before.class <> deals_after.class
        or deals_before.source_partner_key is distinct from deals_after.source_partner_key

)

select * from final
