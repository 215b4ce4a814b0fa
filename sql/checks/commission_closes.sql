-- check: commission_closes
-- severity: error
-- stops: yes
-- about: Commission earned minus reversed minus paid is what is owed and held (R67).
with

sums as (

    select
        slice,
        slice_key,
        coalesce(sum(value) filter (where metric = 'commission_earned' and period_kind = 'year'), 0)
        - coalesce(sum(value) filter (where metric in ('commission_reversed', 'commission_paid') and period_kind = 'year'), 0) as flown,
        coalesce(sum(value) filter (where metric in ('commission_owed', 'commission_held')), 0) as standing
    from metrics.value
    where starts_with(metric, 'commission_')
    group by slice, slice_key

),

final as (

    select
        'metric' as entity,
        slice || ' ' || slice_key as entity_key,
        'earned − reversed − paid is ' || flown || ', owed + held is ' || standing as message,
        'this is a defect of the models: look for ledger lines without a date' as fix,
        cast(null as bigint) as amount_reporting_minor
    from sums
    where flown <> standing

)

select * from final
