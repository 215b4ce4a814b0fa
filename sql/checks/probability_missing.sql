-- check: probability_missing
-- severity: warning
-- stops: no
-- about: Open deals without a probability of their own or of their stage; the weighted pipeline leaves them out (R73).
with

final as (

    select
        'deals' as entity,
        deal_key as entity_key,
        coalesce(name, deal_key) || ' in stage ' || coalesce(stage, 'unknown')
        || ' has no probability, nor has its stage; the weighted pipeline leaves it out' as message,
        'give the stage a probability' as fix,
        amount_reporting_minor
    from marts.fct_deal
    where state = 'open' and probability is null

)

select * from final
