-- model: comparison.fact
-- about: Each row is one side's sum of one measure for one partner, or for the whole program where there is no partner.
-- checks: not_null(side, measure, unit, amount); one_of(side: before, after); one_of(unit: count, money)
with

deals as (

    select 'before' as side, deal_key, state, class, source_partner_key, amount_reporting_minor
    from before.marts.fct_deal
    union all
    select 'after' as side, deal_key, state, class, source_partner_key, amount_reporting_minor
    from after.marts.fct_deal

),

deal_partners as (

    select 'before' as side, deal_key, partner_key, is_source
    from before.marts.fct_deal_partner
    union all
    select 'after' as side, deal_key, partner_key, is_source
    from after.marts.fct_deal_partner

),

cash as (

    select 'before' as side, cash_key, deal_key, collected_reporting_minor
    from before.marts.fct_cash
    union all
    select 'after' as side, cash_key, deal_key, collected_reporting_minor
    from after.marts.fct_cash

),

deal_credit as (

    select 'before' as side, partner_key, model, amount_reporting_minor
    from before.marts.fct_deal_credit
    union all
    select 'after' as side, partner_key, model, amount_reporting_minor
    from after.marts.fct_deal_credit

),

collected as (

    select 'before' as side, partner_key, model, before_minor as amount
    from comparison.collected
    union all
    select 'after' as side, partner_key, model, after_minor as amount
    from comparison.collected

),

ledger as (

    select 'before' as side, entries.partner_key, entries.kind, entries.amount_minor, entries.payable_on > setting.as_of as is_held
    from before.marts.fct_commission as entries
    cross join before.config.setting as setting
    union all
    select 'after' as side, entries.partner_key, entries.kind, entries.amount_minor, entries.payable_on > setting.as_of as is_held
    from after.marts.fct_commission as entries
    cross join after.config.setting as setting

),

by_class as (

    select side, class || '_deals' as measure, 'count' as unit, cast(count(*) as bigint) as amount
    from deals
    group by side, class
    union all
    select side, class || '_bookings' as measure, 'money' as unit, coalesce(sum(amount_reporting_minor), 0) as amount
    from deals
    where state = 'won'
    group by side, class
    union all
    select side, class || '_pipeline' as measure, 'money' as unit, coalesce(sum(amount_reporting_minor), 0) as amount
    from deals
    where state = 'open'
    group by side, class
    union all
    select cash.side, coalesce(deals.class, 'unlinked') || '_collected' as measure, 'money' as unit, coalesce(sum(cash.collected_reporting_minor), 0) as amount
    from cash
    left join deals
        on deals.side = cash.side
        and deals.deal_key = cash.deal_key
    group by cash.side, coalesce(deals.class, 'unlinked')

),

in_total as (

    select side, 'total_bookings' as measure, 'money' as unit, coalesce(sum(amount_reporting_minor), 0) as amount
    from deals
    where state = 'won'
    group by side
    union all
    select side, 'open_pipeline' as measure, 'money' as unit, coalesce(sum(amount_reporting_minor), 0) as amount
    from deals
    where state = 'open'
    group by side
    union all
    select side, 'total_collected' as measure, 'money' as unit, coalesce(sum(collected_reporting_minor), 0) as amount
    from cash
    group by side

),

by_partner as (

    select
        deal_partners.side,
        deal_partners.partner_key,
        case when deal_partners.is_source then 'sourced' else 'influenced' end as standing,
        deals.state,
        deals.amount_reporting_minor
    from deal_partners
    inner join deals
        on deals.side = deal_partners.side
        and deals.deal_key = deal_partners.deal_key

),

of_partners as (

    select side, partner_key, standing || '_deals' as measure, 'count' as unit, cast(count(*) as bigint) as amount
    from by_partner
    group by side, partner_key, standing
    union all
    select side, partner_key, standing || '_bookings' as measure, 'money' as unit, coalesce(sum(amount_reporting_minor), 0) as amount
    from by_partner
    where state = 'won'
    group by side, partner_key, standing
    union all
    select side, partner_key, standing || '_pipeline' as measure, 'money' as unit, coalesce(sum(amount_reporting_minor), 0) as amount
    from by_partner
    where state = 'open'
    group by side, partner_key, standing

),

-- these add up over partners, so the program's are their sums
additive as (

    select side, partner_key, 'credited_bookings.' || model as measure, coalesce(sum(amount_reporting_minor), 0) as amount
    from deal_credit
    group by side, partner_key, model
    union all
    select side, partner_key, 'credited_collected.' || model as measure, sum(amount) as amount
    from collected
    group by side, partner_key, model
    union all
    select side, partner_key, 'commission_' || kind as measure, sum(amount_minor) as amount
    from ledger
    group by side, partner_key, kind
    union all
    select side, partner_key, case when is_held then 'commission_held' else 'commission_owed' end as measure, sum(amount_minor) as amount
    from ledger
    group by side, partner_key, is_held

),

final as (

    select side, cast(null as varchar) as partner_key, measure, unit, cast(amount as bigint) as amount
    from by_class
    union all
    select side, null as partner_key, measure, unit, cast(amount as bigint) as amount
    from in_total
    union all
    select side, partner_key, measure, unit, cast(amount as bigint) as amount
    from of_partners
    union all
    select side, partner_key, measure, 'money' as unit, cast(amount as bigint) as amount
    from additive
    union all
    select side, null as partner_key, measure, 'money' as unit, cast(sum(amount) as bigint) as amount
    from additive
    group by side, measure

)

select * from final
