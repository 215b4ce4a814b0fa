-- into: metrics.flow
-- about: Leads answered within the agreed hours, by the day they were received.
with

leads as (

    select
        leads.partner_key,
        days.stretch_on,
        count(*) filter (where leads.in_sla) as in_sla,
        count(leads.in_sla) as due
    from marts.fct_lead as leads
    inner join metrics.day as days on days.day = leads.received_on
    group by leads.partner_key, days.stretch_on

),

final as (

    select
        'responded_in_sla' as metric,
        'ratio' as unit,
        'plain' as parts,
        partner_key,
        stretch_on,
        in_sla as numerator,
        due as denominator,
        due as n
    from leads
    where due > 0

)

select * from final
