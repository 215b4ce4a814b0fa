-- check: stream_dropped
-- severity: error
-- stops: yes
-- about: Streams that lost most of their records at their last reading: one refresh waits, the next one takes the loss for true (R93).
with

setting as (

    select as_of_moment
    from config.setting

),

sources as (

    select source
    from config.source

),

-- loads of one moment stand in the order in which they were written
loads as (

    select
        run_id,
        source,
        stream,
        rows,
        row_number() over (partition by source, stream order by ended_at desc nulls last, rowid desc) as place
    from raw.load
    where status in ('done', 'unchanged')

),

latest as (

    select loads.run_id, loads.source, loads.stream, loads.rows
    from loads
    inner join sources on sources.source = loads.source
    where loads.place = 1

),

gone as (

    select latest.source, latest.stream, latest.rows, count(*) as records
    from raw.record as record
    cross join setting
    inner join latest
        on latest.source = record.source
        and latest.stream = record.stream
        and latest.run_id = record.run_id
    where record.op = 'delete' and record.reason = 'gone' and record.seen_at < setting.as_of_moment
    group by latest.source, latest.stream, latest.rows

),

final as (

    select
        'streams' as entity,
        source || ' ' || stream as entity_key,
        records || ' records were gone when it was last read, ' || rows || ' are left; if that is right, refresh once more' as message,
        'look whether the source gives all of its records; a second refresh that finds no more than this one takes the loss for true' as fix,
        cast(null as bigint) as amount_reporting_minor
    from gone
    where records >= 10 and records > rows

)

select * from final
