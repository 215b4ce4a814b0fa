-- check: stream_dropped
-- severity: info
-- stops: no
-- about: Streams that lost more of their records in their last reading than is believed by itself; the drop was accepted by hand.
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
        'it had ' || format('{:,}', drops.had) || ' records and lost ' || format('{:,}', drops.lost)
        || ' of them in the last reading; the drop was accepted' as message,
        'nothing, if these records are really gone' as fix,
        null::bigint as amount_reporting_minor
    from raw.stream_drop as drops
    inner join sources on sources.source = drops.source
    inner join loads
        on loads.source = drops.source
        and loads.stream = drops.stream
        and loads.run_id = drops.run_id
        and loads.place = 1
    where drops.is_accepted

)

select * from final
