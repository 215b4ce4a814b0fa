-- check: count_differs
-- severity: warning
-- stops: no
-- about: Streams of which the log holds another number of records than the vendor counts.
with

setting as (

    select as_of_moment, is_as_of_explicit
    from config.setting

),

sources as (

    select source
    from config.source

),

counts as (

    select
        counts.source,
        counts.stream,
        counts.held,
        counts.counted,
        row_number() over (partition by counts.source, counts.stream order by counts.counted_at desc, counts.rowid desc) as place
    from raw.stream_count as counts
    cross join setting
    where not setting.is_as_of_explicit or counts.counted_at < setting.as_of_moment

),

final as (

    select
        'streams' as entity,
        counts.source || ':' || counts.stream as entity_key,
        'the log holds ' || format('{:,}', counts.held) || ' records, the vendor counts ' || format('{:,}', counts.counted) as message,
        'refresh with --full; if it stays, look whether the credentials may read every record' as fix,
        null::bigint as amount_reporting_minor
    from counts
    inner join sources on sources.source = counts.source
    where counts.place = 1 and counts.held <> counts.counted

)

select * from final
