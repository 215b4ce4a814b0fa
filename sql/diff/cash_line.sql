-- model: difference.cash_line
-- about: Each row is one step of one difference in collected cash, by class and by source.
-- checks: not_null(measure, cash_key, step, before_minor, after_minor, reason, detail)
with

cash as (

    select *
    from difference.cash

),

steps as (

    select cash_key, step, from_minor, to_minor, reason, detail
    from difference.cash_step

),

links as (

    select cash_key, reason, detail
    from difference.cash_link

),

final as (

    select
        'collected' as measure,
        coalesce(cash.deal_key_after, cash.deal_key_before) as deal_key,
        steps.cash_key,
        case when cash.is_known_before then cash.class_before else cash.class_after end as class,
        cast(null as varchar) as partner_key,
        steps.step,
        steps.from_minor as before_minor,
        steps.to_minor as after_minor,
        steps.reason,
        steps.detail
    from steps
    inner join cash on cash.cash_key = steps.cash_key

    union all

    select 'collected' as measure, coalesce(cash.deal_key_after, cash.deal_key_before) as deal_key, cash.cash_key, cash.class_before as class,
        null as partner_key, 3 as step, cash.collected_minor_after as before_minor, 0 as after_minor, links.reason, links.detail
    from cash
    inner join links on links.cash_key = cash.cash_key
    where cash.class_before <> cash.class_after

    union all

    select 'collected' as measure, coalesce(cash.deal_key_after, cash.deal_key_before) as deal_key, cash.cash_key, cash.class_after as class,
        null as partner_key, 3 as step, 0 as before_minor, cash.collected_minor_after as after_minor, links.reason, links.detail
    from cash
    inner join links on links.cash_key = cash.cash_key
    where cash.class_before <> cash.class_after

    union all

    select 'credited_collected' as measure, coalesce(cash.deal_key_after, cash.deal_key_before) as deal_key, steps.cash_key, null as class,
        case when cash.is_known_before then cash.source_before else cash.source_after end as partner_key,
        steps.step, steps.from_minor as before_minor, steps.to_minor as after_minor, steps.reason, steps.detail
    from steps
    inner join cash on cash.cash_key = steps.cash_key
    where case when cash.is_known_before then cash.source_before else cash.source_after end is not null

    union all

    select 'credited_collected' as measure, coalesce(cash.deal_key_after, cash.deal_key_before) as deal_key, cash.cash_key, null as class,
        cash.source_before as partner_key, 3 as step, cash.collected_minor_after as before_minor, 0 as after_minor, links.reason, links.detail
    from cash
    inner join links on links.cash_key = cash.cash_key
    where cash.source_before is not null and cash.source_before is distinct from cash.source_after

    union all

    select 'credited_collected' as measure, coalesce(cash.deal_key_after, cash.deal_key_before) as deal_key, cash.cash_key, null as class,
        cash.source_after as partner_key, 3 as step, 0 as before_minor, cash.collected_minor_after as after_minor, links.reason, links.detail
    from cash
    inner join links on links.cash_key = cash.cash_key
    where cash.source_after is not null and cash.source_before is distinct from cash.source_after

)

select * from final
