-- check: stream_stale
-- severity: warning
-- stops: no
-- about: Streams that have not been read for two nights, so that their part of the numbers is older than it looks.
with

setting as (

    select as_of_moment, timezone
    from config.setting

),

sources as (

    select source
    from config.source

),

loads as (

    select load.source, load.stream, load.run_id, load.started_at, load.ended_at, load.status
    from raw.load as load
    inner join sources on sources.source = load.source

),

-- of today only the part that has passed counts: it began, and the latest run took place in it
reference as (

    select
        setting.timezone,
        least(
            setting.as_of_moment,
            greatest(setting.as_of_moment - interval 24 hours, coalesce(max(loads.started_at), setting.as_of_moment))
        ) as moment
    from setting
    left join loads on true
    group by setting.as_of_moment, setting.timezone

),

-- a stream that the source's latest reading did not try does not exist any more
tried as (

    select source, arg_max(run_id, started_at) as run_id
    from loads
    where stream <> 'opening'
    group by source

),

streams as (

    select
        loads.source,
        loads.stream,
        min(loads.started_at) as first_tried_at,
        max(loads.ended_at) filter (where loads.status in ('done', 'unchanged')) as read_at
    from loads
    inner join tried on tried.source = loads.source
    where loads.stream <> 'opening'
    group by loads.source, loads.stream
    having bool_or(loads.run_id = tried.run_id)

),

final as (

    select
        'streams' as entity,
        streams.source || ':' || streams.stream as entity_key,
        case
            when streams.read_at is null then 'it has never been read to its end'
            else
                'it was last read on '
                || strftime(timezone(reference.timezone, streams.read_at), '%Y-%m-%d') || ', more than 48 hours before'
        end as message,
        'the Streams table of the Data quality page says what went wrong; mend it and refresh again' as fix,
        null::bigint as amount_reporting_minor
    from streams
    cross join reference
    where coalesce(streams.read_at, streams.first_tried_at) < reference.moment - interval 48 hours

)

select * from final
