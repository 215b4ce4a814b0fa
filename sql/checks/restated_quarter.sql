-- check: restated_quarter
-- severity: warning
-- stops: no
-- about: A closed quarter whose amounts are no longer what was presented.
with

setting as (

    select exponent, currency, timezone
    from config.setting

),

program as (

    select period, metric, frozen_at, frozen_by, presented_value, value, difference
    from quality.restated_value
    where slice = 'program'

),

-- what one partner gained and another lost leaves the program's own amount alone
moved as (

    select period, metric, sum(case when difference > 0 then difference else 0 end) as moved_value
    from quality.restated_value
    where slice = 'partner' and is_changed
    group by period, metric

),

judged as (

    select
        program.*,
        moved.moved_value
    from program
    left join moved
        on moved.period = program.period
        and moved.metric = program.metric
    where program.difference is null or program.difference <> 0 or moved.period is not null

),

final as (

    select
        'quarter' as entity,
        judged.period || '|' || judged.metric as entity_key,
        judged.period || ' ' || replace(judged.metric, '_', ' ') || ': ' || judged.frozen_by || ' presented '
        || say_decimal(judged.presented_value) || ' on ' || say_date(local_date(judged.frozen_at, setting.timezone))
        || case
            when judged.difference is null then ' in another currency, which cannot be compared'
            when judged.difference = 0
                then '; it is the same in total now, but single partners gained ' || say_decimal(judged.moved_value)
            else '; it is ' || say_decimal(judged.value) || ' now'
        end as message,
        'read the reasons with attributary diff --frozen ' || judged.period || ', tell whoever saw the old numbers, then freeze the quarter again' as fix,
        cast(abs(case when judged.difference = 0 then judged.moved_value else judged.difference end) * cast(power(10, setting.exponent) as bigint) as bigint)
            as amount_reporting_minor
    from judged
    cross join setting

)

select * from final
