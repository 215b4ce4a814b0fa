-- check: cycle_negative
-- severity: warning
-- stops: no
-- about: Won deals that closed before their cycle began; the cycle metrics leave them out (R75).
with

final as (

    select
        'deals' as entity,
        deal_key as entity_key,
        coalesce(name, deal_key) || ' closed on ' || say_date(closed_on) || ', ' || (-cycle_days) || ' days before its '
        || case when source_rule = 'registration' then 'registration was decided' else 'creation' end
        || '; the cycle metrics leave it out' as message,
        'correct the close date, or the date it began' as fix,
        amount_reporting_minor
    from marts.fct_deal
    where cycle_days < 0

)

select * from final
