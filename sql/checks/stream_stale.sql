-- check: stream_stale
-- severity: warning
-- stops: no
-- about: Streams that were last read before the day before the as-of date.
with

setting as (

    select as_of, timezone
    from config.setting

),

streams as (

    select source, stream, read_at, rows
    from quality.stream
    where read_at is not null and rows > 0

),

dated as (

    select
        streams.source,
        streams.stream,
        local_date(streams.read_at, setting.timezone) as read_on,
        setting.as_of
    from streams
    cross join setting

),

final as (

    select
        'streams' as entity,
        source || ' ' || stream as entity_key,
        'last read on ' || say_date(read_on) || ', ' || day_diff(read_on, as_of) || ' days before ' || say_date(as_of) as message,
        'refresh with reading, for all sources' as fix,
        cast(null as bigint) as amount_reporting_minor
    from dated
    where day_diff(read_on, as_of) > 1

)

select * from final
