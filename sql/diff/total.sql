-- model: difference.total
-- grain: measure, class, partner_key
-- about: Each row is one measure by class or partner on both sides, worked out from the facts alone, and what the lines add up to; a residual would be a difference without a line.
-- checks: unique(grain); not_null(before_minor, after_minor, lines_minor, residual_minor); one_of(residual_minor: 0)
with

scope as (

    select starts_on, ends_on
    from config.scope

),

booked_before as (

    select deals.deal_key, deals.class, deals.amount_reporting_minor as minor
    from before.marts.fct_deal as deals
    inner join scope on deals.closed_on between scope.starts_on and scope.ends_on
    where deals.state = 'won'

),

booked_after as (

    select deals.deal_key, deals.class, deals.amount_reporting_minor as minor
    from after.marts.fct_deal as deals
    inner join scope on deals.closed_on between scope.starts_on and scope.ends_on
    where deals.state = 'won'

),

facts as (

    select 'before' as side, 'bookings' as measure, class, cast(null as varchar) as partner_key, minor
    from booked_before
    union all
    select 'after' as side, 'bookings' as measure, class, null as partner_key, minor
    from booked_after
    union all
    select
        'before' as side,
        case when partners.is_source then 'credited_bookings' else 'influenced_bookings' end as measure,
        null as class,
        partners.partner_key,
        booked_before.minor
    from booked_before
    inner join before.marts.fct_deal_partner as partners on partners.deal_key = booked_before.deal_key
    union all
    select
        'after' as side,
        case when partners.is_source then 'credited_bookings' else 'influenced_bookings' end as measure,
        null as class,
        partners.partner_key,
        booked_after.minor
    from booked_after
    inner join after.marts.fct_deal_partner as partners on partners.deal_key = booked_after.deal_key
    union all
    select 'before' as side, 'collected' as measure, coalesce(deals.class, 'unlinked') as class, null as partner_key, cash.collected_reporting_minor as minor
    from before.marts.fct_cash as cash
    inner join scope on cash.occurred_on between scope.starts_on and scope.ends_on
    left join before.marts.fct_deal as deals on deals.deal_key = cash.deal_key
    union all
    select 'after' as side, 'collected' as measure, coalesce(deals.class, 'unlinked') as class, null as partner_key, cash.collected_reporting_minor as minor
    from after.marts.fct_cash as cash
    inner join scope on cash.occurred_on between scope.starts_on and scope.ends_on
    left join after.marts.fct_deal as deals on deals.deal_key = cash.deal_key
    union all
    select 'before' as side, 'credited_collected' as measure, null as class, credits.partner_key, credits.collected_reporting_minor as minor
    from before.marts.fct_cash_credit as credits
    inner join scope on credits.occurred_on between scope.starts_on and scope.ends_on
    where credits.model = 'sourced_wins'
    union all
    select 'after' as side, 'credited_collected' as measure, null as class, credits.partner_key, credits.collected_reporting_minor as minor
    from after.marts.fct_cash_credit as credits
    inner join scope on credits.occurred_on between scope.starts_on and scope.ends_on
    where credits.model = 'sourced_wins'
    union all
    select 'before' as side, 'commission' as measure, null as class, entries.partner_key, entries.amount_minor as minor
    from before.marts.fct_commission as entries
    inner join scope on entries.entry_on between scope.starts_on and scope.ends_on
    union all
    select 'after' as side, 'commission' as measure, null as class, entries.partner_key, entries.amount_minor as minor
    from after.marts.fct_commission as entries
    inner join scope on entries.entry_on between scope.starts_on and scope.ends_on

),

gathered as (

    select measure, class, partner_key, case when side = 'before' then minor end as before_minor, case when side = 'after' then minor end as after_minor, null as lines_minor
    from facts
    where minor is not null
    union all
    select measure, class, partner_key, null as before_minor, null as after_minor, difference_minor as lines_minor
    from difference.line
    where measure <> 'target'

),

summed as (

    select
        measure,
        class,
        partner_key,
        cast(coalesce(sum(before_minor), 0) as bigint) as before_minor,
        cast(coalesce(sum(after_minor), 0) as bigint) as after_minor,
        cast(coalesce(sum(lines_minor), 0) as bigint) as lines_minor
    from gathered
    group by measure, class, partner_key

),

final as (

    select
        measure,
        class,
        partner_key,
        before_minor,
        after_minor,
        lines_minor,
        after_minor - before_minor - lines_minor as residual_minor
    from summed

)

select * from final
order by measure, class, partner_key
