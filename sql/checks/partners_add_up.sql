-- check: partners_add_up
-- severity: error
-- stops: yes
-- about: In every period, what each partner sourced, was credited and earned adds up to the program.
with

rows_by_slice as (

    select metric, period_kind, period, slice, value
    from metrics.value
    where
        slice in ('program', 'partner')
        and (
            metric in ('sourced_bookings', 'sourced_collected', 'sourced_pipeline', 'won_deals', 'lost_deals', 'registrations')
            or metric in ('commission_earned', 'commission_reversed', 'commission_paid', 'commission_held', 'commission_owed')
            or starts_with(metric, 'credited_')
        )

),

totals as (

    select
        metric,
        period_kind,
        period,
        coalesce(sum(value) filter (where slice = 'program'), 0) as program_value,
        coalesce(sum(value) filter (where slice = 'partner'), 0) as partner_value
    from rows_by_slice
    group by metric, period_kind, period

),

final as (

    select
        'metric' as entity,
        metric || ' ' || period as entity_key,
        'the partners add up to ' || partner_value || ', the program is ' || program_value as message,
        'this is a defect of the models: a partner of this metric is missing from marts.dim_partner' as fix,
        cast(null as bigint) as amount_reporting_minor
    from totals
    where program_value <> partner_value

)

select * from final
