-- check: split_not_100
-- severity: warning
-- stops: no
-- about: Deals whose declared shares do not add up to 100; they are divided by their sum (R53).
with

splits as (

    select
        splits.deal_key,
        max(splits.deal_share_units) as deal_share_units,
        string_agg(
            coalesce(partners.name, splits.partner_key) || ' '
            || say_decimal(trillionths(splits.share_units)),
            ', ' order by splits.share_units desc, splits.partner_key
        ) as words
    from attribution.int_deal_split as splits
    left join staging.stg_partners as partners on partners.partner_key = splits.partner_key
    where splits.deal_shares_given > 0 and splits.deal_share_units <> 100000000000000
    group by splits.deal_key

),

final as (

    select
        'deals' as entity,
        splits.deal_key as entity_key,
        'the shares of ' || coalesce(deals.name, deals.deal_key) || ' add up to '
        || say_decimal(trillionths(splits.deal_share_units))
        || ', not 100: ' || splits.words || '; '
        || case when splits.deal_share_units = 0 then 'the partners have equal parts' else 'they are divided by their sum' end as message,
        'correct the shares of the roles on the deal' as fix,
        deals.amount_reporting_minor
    from splits
    inner join marts.fct_deal as deals on deals.deal_key = splits.deal_key

)

select * from final
