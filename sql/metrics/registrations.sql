-- into: metrics.flow
-- about: Registrations by the day they were submitted: how many, approved, decided in time, won, in conflict.
with

registrations as (

    select
        registrations.partner_key,
        days.stretch_on,
        count(*) as registrations,
        count(*) filter (where registrations.status = 'approved') as approved,
        count(*) filter (where registrations.status in ('approved', 'rejected')) as decided,
        count(*) filter (where registrations.in_sla) as in_sla,
        count(registrations.in_sla) as due,
        count(*) filter (where registrations.outcome = 'won') as won,
        count(*) filter (where registrations.outcome in ('won', 'lost', 'expired')) as ended,
        count(*) filter (where registrations.is_conflict) as conflicts
    from marts.fct_registration as registrations
    inner join metrics.day as days on days.day = registrations.submitted_on
    group by registrations.partner_key, days.stretch_on

),

unioned as (

    select 'registrations' as metric, partner_key, stretch_on, registrations as numerator, null as denominator, registrations as n
    from registrations
    union all
    select 'approved_registrations' as metric, partner_key, stretch_on, approved as numerator, null as denominator, approved as n
    from registrations
    union all
    select 'approval_rate' as metric, partner_key, stretch_on, approved as numerator, decided as denominator, decided as n
    from registrations
    union all
    select 'decided_in_sla' as metric, partner_key, stretch_on, in_sla as numerator, due as denominator, due as n
    from registrations
    union all
    select 'registered_to_won' as metric, partner_key, stretch_on, won as numerator, ended as denominator, ended as n
    from registrations
    union all
    select 'conflict_rate' as metric, partner_key, stretch_on, conflicts as numerator, registrations as denominator, registrations as n
    from registrations

),

final as (

    select
        metric,
        case when denominator is null then 'count' else 'ratio' end as unit,
        'plain' as parts,
        partner_key,
        stretch_on,
        numerator,
        denominator,
        n
    from unioned
    where n > 0

)

select * from final
