-- check: credit_conservation
-- severity: error
-- stops: yes
-- about: Credit adds up to the deal: under every model the parts of a won deal are its amount and the shares of any deal are exactly 1.
with

credits as (

    select
        deal_key,
        model,
        sum(share) as shares,
        sum(amount_reporting_minor) as parts_minor
    from marts.fct_deal_credit
    group by deal_key, model

),

deals as (

    select deal_key, name, state, amount_reporting_minor
    from marts.fct_deal

),

final as (

    select
        'deals' as entity,
        credits.deal_key as entity_key,
        'the parts under ' || credits.model || ' add up to ' || coalesce(cast(credits.parts_minor as varchar), 'nothing')
        || ' minor units and ' || credits.shares || ' of a share; the deal has '
        || coalesce(cast(deals.amount_reporting_minor as varchar), 'no amount') as message,
        'this is a defect of the models: report it with the deal''s explanation' as fix,
        deals.amount_reporting_minor
    from credits
    left join deals on deals.deal_key = credits.deal_key
    where deals.deal_key is null
        or credits.shares <> 1
        or (deals.state = 'won' and credits.parts_minor is distinct from deals.amount_reporting_minor)
        or (deals.state <> 'won' and credits.parts_minor is not null)

)

select * from final
