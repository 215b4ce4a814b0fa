-- model: quality.stream
-- grain: source, stream
-- about: Each row is one stream of one source: when it was last read to its end, and how much came against what is usual (of a stream read by its changes, what changed); usual is known after three earlier readings.
-- checks: not_null(source, stream)
with

loads as (

    select source, stream, ended_at, status, pages, rows, changed, error
    from raw.load

),

sources as (

    select source, kind, position
    from config.source

),

ranked as (

    select
        loads.*,
        row_number() over (partition by source, stream order by ended_at desc nulls last) as place,
        max(ended_at) filter (where status in ('done', 'unchanged')) over (partition by source, stream) as read_at,
        max(ended_at) filter (where status in ('done', 'unchanged')) over (partition by source) as source_read_at
    from loads

),

usual as (

    select source, stream, percentile_cont(0.5) within group (order by rows) as usual_rows
    from ranked
    where place between 2 and 29 and status in ('done', 'unchanged')
    group by source, stream
    -- the first reading takes everything, so that one or two readings do not tell what a stream of changes usually brings
    having count(*) >= 3

),

final as (

    select
        sources.source,
        sources.kind,
        coalesce(ranked.stream, '') as stream,
        ranked.read_at,
        ranked.status,
        ranked.rows,
        ranked.changed,
        cast(round(usual.usual_rows) as bigint) as usual_rows,
        ranked.error
    from sources
    -- a source that could not be opened says so until it was read again
    left join ranked
        on ranked.source = sources.source
        and ranked.place = 1
        and (ranked.stream <> 'opening' or ranked.source_read_at is null or ranked.ended_at > ranked.source_read_at)
    left join usual on usual.source = ranked.source and usual.stream = ranked.stream

)

select * from final
