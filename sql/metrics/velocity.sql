-- into: metrics.result
-- about: What open sourced deals bring per day: qualified deals × mean won amount × win rate ÷ mean cycle, over the last 12 months.
with

setting as (

    select as_of, add_months(as_of, -12) as after_on
    from config.setting

),

-- R76: closed after as-of − 12 months
closed_deals as (

    select
        deals.source_partner_key as partner_key,
        count(*) as closed,
        count(*) filter (where deals.state = 'won') as won,
        sum(deals.amount_reporting_minor) filter (where deals.state = 'won' and deals.amount_minor > 0) as amount_minor,
        count(deals.amount_reporting_minor) filter (where deals.state = 'won' and deals.amount_minor > 0) as amounts,
        sum(deals.cycle_days) filter (where deals.state = 'won' and deals.cycle_days >= 0) as cycle_days,
        count(*) filter (where deals.state = 'won' and deals.cycle_days >= 0) as cycles
    from marts.fct_deal as deals
    cross join setting
    where
        deals.class = 'sourced'
        and deals.state in ('won', 'lost')
        and deals.closed_on > setting.after_on
        and deals.closed_on <= setting.as_of
    group by deals.source_partner_key

),

open_deals as (

    select source_partner_key as partner_key, count(*) as deals
    from marts.fct_deal
    where class = 'sourced' and state = 'open' and is_qualified
    group by source_partner_key

),

parts as (

    select partner_key, deals, 0 as closed, 0 as won, 0 as amount_minor, 0 as amounts, 0 as cycle_days, 0 as cycles
    from open_deals
    union all
    select partner_key, 0 as deals, closed, won, amount_minor, amounts, cycle_days, cycles
    from closed_deals

),

by_slice as (

    select
        members.slice,
        members.slice_key,
        cast(sum(parts.deals) as hugeint) as deals,
        cast(sum(parts.closed) as hugeint) as closed,
        cast(sum(parts.won) as hugeint) as won,
        cast(sum(parts.amount_minor) as hugeint) as amount_minor,
        cast(sum(parts.amounts) as hugeint) as amounts,
        cast(sum(parts.cycle_days) as hugeint) as cycle_days,
        cast(sum(parts.cycles) as hugeint) as cycles
    from parts
    inner join metrics.slice_member as members on members.partner_key = parts.partner_key
    group by members.slice, members.slice_key

),

-- deals × amount/amounts × won/closed ÷ (cycle_days/cycles) as one fraction, so that it is rounded once; null when a part is empty
final as (

    select
        'pipeline_velocity' as metric,
        'money_per_day' as unit,
        'hidden' as parts,
        'current' as period_kind,
        'current' as period,
        slice,
        slice_key,
        deals * amount_minor * won * cycles as numerator,
        nullif(amounts * closed * cycle_days, 0) as denominator,
        deals as n
    from by_slice
    where deals > 0

)

select * from final
