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

    select
        period,
        metric,
        sum(case when difference > 0 then difference else 0 end) as gained_value,
        sum(case when difference < 0 then -difference else 0 end) as lost_value
    from quality.restated_value
    where slice = 'partner' and is_changed
    group by period, metric

),

judged as (

    select
        program.*,
        moved.gained_value,
        moved.lost_value
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
                then '; it is the same in total now, but single partners '
                || case when judged.gained_value > 0 then 'gained ' || say_decimal(judged.gained_value) else '' end
                || case when judged.gained_value > 0 and judged.lost_value > 0 then ' and ' else '' end
                || case when judged.lost_value > 0 then 'lost ' || say_decimal(judged.lost_value) else '' end
            else '; it is ' || say_decimal(judged.value) || ' now'
        end as message,
        'read the reasons with attributary diff --frozen ' || judged.period || ', tell whoever saw the old numbers, then freeze the quarter again' as fix,
        cast(abs(case when judged.difference = 0 then greatest(judged.gained_value, judged.lost_value) else judged.difference end) * cast(power(10, setting.exponent) as bigint) as bigint)
            as amount_reporting_minor
    from judged
    cross join setting

)

select * from final
