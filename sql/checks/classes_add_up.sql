-- check: classes_add_up
-- severity: error
-- stops: yes
-- about: In every period, what is sourced, influenced only, direct and unlinked adds up to the total.
with

classes as (

    select metric, period_kind, period, value
    from metrics.value
    where slice = 'program' and unit = 'money' and n > 0

),

parts as (

    select
        case
            when metric in ('sourced_bookings', 'influenced_bookings', 'direct_bookings') then 'total_bookings'
            when metric in ('sourced_collected', 'influenced_collected', 'direct_collected', 'unlinked_collected') then 'total_collected'
            when metric in ('created_pipeline.sourced', 'created_pipeline.influenced', 'created_pipeline.direct') then 'created_pipeline'
        end as metric,
        period_kind,
        period,
        sum(value) as value
    from classes
    where
        metric in ('sourced_bookings', 'influenced_bookings', 'direct_bookings')
        or metric in ('sourced_collected', 'influenced_collected', 'direct_collected', 'unlinked_collected')
        or metric in ('created_pipeline.sourced', 'created_pipeline.influenced', 'created_pipeline.direct')
    group by all

),

totals as (

    select metric, period_kind, period, value
    from classes
    where metric in ('total_bookings', 'total_collected', 'created_pipeline')

),

final as (

    select
        'metric' as entity,
        coalesce(totals.metric, parts.metric) || ' ' || coalesce(totals.period, parts.period) as entity_key,
        'the classes add up to ' || coalesce(parts.value, 0) || ', the total is ' || coalesce(totals.value, 0) as message,
        'this is a defect of the models: compare the classes of marts.fct_deal with metrics.flow for this period' as fix,
        cast(null as bigint) as amount_reporting_minor
    from totals
    full outer join parts
        on parts.metric = totals.metric
        and parts.period_kind = totals.period_kind
        and parts.period = totals.period
    where coalesce(totals.value, 0) <> coalesce(parts.value, 0)

)

select * from final
