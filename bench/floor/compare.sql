-- Where the sums of money and deals of a year differ between the statements here and the models.
with

here as (

    select metric, period, sum(numerator) as total
    from value
    where period_kind = 'year' and (slice is null or slice = 'program') and denominator is null
    group by metric, period

),

there as (

    select metric, period, cast(case when unit = 'money' then value * 100 else value end as bigint) as total
    from warehouse.metrics.value
    where period_kind = 'year' and slice = 'program' and n > 0

)

select here.metric || ' of ' || here.period || ' is ' || here.total || ' here, ' || coalesce(there.total::varchar, 'nothing') || ' there' as words
from here
left join there on there.metric = here.metric and there.period = here.period
where there.total is distinct from here.total
order by words
