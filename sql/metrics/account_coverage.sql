-- into: metrics.flow
-- about: Open deals whose account is already a customer of at least one partner.
with

overlapping as (

    select distinct account_key
    from staging.stg_overlaps
    where kind = 'customer'

),

final as (

    select
        'account_coverage' as metric,
        'ratio' as unit,
        'plain' as parts,
        null as partner_key,
        null as stretch_on,
        count(overlapping.account_key) as numerator,
        count(*) as denominator,
        count(*) as n
    from marts.fct_deal as deals
    left join overlapping on overlapping.account_key = deals.account_key
    where deals.state = 'open'
    having count(*) > 0

)

select * from final
