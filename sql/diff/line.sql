-- model: difference.line
-- about: Each row is one step of one difference between the two sides, with its reason; steps of a measure add up to the whole difference.
-- checks: not_null(measure, step, before_minor, after_minor, difference_minor, reason, detail)
with

scope as (

    select period
    from config.scope

),

targets_before as (

    select targets.*
    from before.marts.dim_target as targets
    inner join scope on scope.period is null or targets.period = scope.period

),

targets_after as (

    select targets.*
    from after.marts.dim_target as targets
    inner join scope on scope.period is null or targets.period = scope.period

),

target_lines as (

    select
        coalesce(targets_after.metric, targets_before.metric) || '|' || coalesce(targets_after.period, targets_before.period) || '|'
        || coalesce(targets_after.slice, targets_before.slice) || '|' || coalesce(targets_after.slice_key, targets_before.slice_key) as entry_key,
        case when coalesce(targets_after.slice, targets_before.slice) = 'partner' then coalesce(targets_after.slice_key, targets_before.slice_key) end as partner_key,
        coalesce(targets_before.amount_reporting_minor, 0) as before_minor,
        coalesce(targets_after.amount_reporting_minor, 0) as after_minor,
        case
            when targets_before.amount is not distinct from targets_after.amount and targets_before.currency is not distinct from targets_after.currency
                then 'fx_changed'
            else 'target_changed'
        end as reason,
        'target of ' || coalesce(targets_after.metric, targets_before.metric) || ' was '
        || coalesce(say_decimal(targets_before.amount), 'not set') || ' before, is '
        || coalesce(say_decimal(targets_after.amount), 'not set') || ' now' as detail
    from targets_before
    full join targets_after
        on targets_after.metric = targets_before.metric
        and targets_after.period = targets_before.period
        and targets_after.slice = targets_before.slice
        and targets_after.slice_key = targets_before.slice_key
    where targets_before.amount is distinct from targets_after.amount
        or targets_before.currency is distinct from targets_after.currency
        or targets_before.amount_reporting_minor is distinct from targets_after.amount_reporting_minor

),

gathered as (

    select measure, deal_key, null as cash_key, null as entry_key, partner_key, class, step, before_minor, after_minor, reason, detail
    from difference.deal_line
    union all
    select measure, deal_key, cash_key, null as entry_key, partner_key, class, step, before_minor, after_minor, reason, detail
    from difference.cash_line
    union all
    select 'commission' as measure, deal_key, cash_key, entry_key, partner_key, null as class, 1 as step, before_minor, after_minor, reason, detail
    from difference.commission_line
    union all
    select 'target' as measure, null as deal_key, null as cash_key, entry_key, partner_key, null as class, 1 as step, before_minor, after_minor, reason, detail
    from target_lines

),

final as (

    select
        measure,
        deal_key,
        cash_key,
        entry_key,
        partner_key,
        class,
        step,
        before_minor,
        after_minor,
        after_minor - before_minor as difference_minor,
        reason,
        detail
    from gathered

)

select * from final
order by measure, deal_key, cash_key, entry_key, step, class, partner_key
