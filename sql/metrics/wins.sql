-- into: metrics.flow
-- about: Won and lost deals, win rates, mean amounts and mean cycles of closed deals.
with

closed_deals as (

    select *
    from metrics.closed_deals

),

sourced as (

    select *, case when is_certified then '.certified' else '.uncertified' end as certification
    from closed_deals
    where class = 'sourced'

),

unioned as (

    select
        'won_deals' as metric, 'count' as unit, 'plain' as parts,
        partner_key, stretch_on, won as numerator, null as denominator, won as n
    from sourced
    union all
    select
        'lost_deals' as metric, 'count' as unit, 'plain' as parts,
        partner_key, stretch_on, closed - won as numerator, null as denominator, closed - won as n
    from sourced
    union all
    select
        'win_rate' as metric, 'ratio' as unit, 'plain' as parts,
        partner_key, stretch_on, won as numerator, closed as denominator, closed as n
    from sourced
    union all
    select
        'win_rate' || certification as metric, 'ratio' as unit, 'plain' as parts,
        partner_key, stretch_on, won as numerator, closed as denominator, closed as n
    from sourced
    union all
    select
        'win_rate_amount' as metric, 'ratio' as unit, 'money' as parts,
        partner_key, stretch_on, coalesce(won_minor, 0) as numerator, closed_minor as denominator, closed_amounts as n
    from sourced
    union all
    select
        'direct_win_rate' as metric, 'ratio' as unit, 'plain' as parts,
        null as partner_key, stretch_on, won as numerator, closed as denominator, closed as n
    from closed_deals
    where class = 'direct'
    union all
    select
        'average_deal' as metric, 'money' as unit, 'money' as parts,
        partner_key, stretch_on, positive_minor as numerator, positive_amounts as denominator, positive_amounts as n
    from sourced
    union all
    select
        'average_deal' || certification as metric, 'money' as unit, 'money' as parts,
        partner_key, stretch_on, positive_minor as numerator, positive_amounts as denominator, positive_amounts as n
    from sourced
    union all
    select
        'cycle_days_mean' as metric, 'days' as unit, 'plain' as parts,
        partner_key, stretch_on, cycle_days as numerator, cycles as denominator, cycles as n
    from sourced

),

final as (

    select metric, unit, parts, partner_key, stretch_on, numerator, denominator, n
    from unioned
    where n > 0

)

select * from final
