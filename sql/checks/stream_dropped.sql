-- check: stream_dropped
-- severity: error
-- stops: no
-- about: Streams whose last reading would have taken away more of their records than is believed; they stand as they were.
with

setting as (

    select as_of_moment, is_as_of_explicit
    from config.setting

),

sources as (

    select source
    from config.source

),

loads as (

    select
        load.source,
        load.stream,
        load.run_id,
        row_number() over (partition by load.source, load.stream order by load.started_at desc, load.rowid desc) as place
    from raw.load as load
    cross join setting
    where not setting.is_as_of_explicit or load.started_at < setting.as_of_moment

),

final as (

    select
        'streams' as entity,
        drops.source || ':' || drops.stream as entity_key,
        'it had ' || format('{:,}', drops.had) || ' records and the last reading would have taken away '
        || format('{:,}', drops.lost) || ' of them; none was taken away, so what is shown is older than the other streams' as message,
        'mend the vendor, its permissions or the export and refresh again; if the records are really gone, `attributary refresh --accept-drop '
        || drops.source || '.' || drops.stream || '`' as fix,
        null::bigint as amount_reporting_minor
    from raw.stream_drop as drops
    inner join sources on sources.source = drops.source
    inner join loads
        on loads.source = drops.source
        and loads.stream = drops.stream
        and loads.run_id = drops.run_id
        and loads.place = 1
    where not drops.is_accepted

)

select * from final
