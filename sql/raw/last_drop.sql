-- model: input.last_drop
-- about: Each row is one stream whose last reading would have taken away more of its records than is believed by itself, and whether that was accepted by hand.
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

    select drops.source, drops.stream, drops.had, drops.lost, drops.is_accepted
    from raw.stream_drop as drops
    inner join sources on sources.source = drops.source
    inner join loads
        on loads.source = drops.source
        and loads.stream = drops.stream
        and loads.run_id = drops.run_id
        and loads.place = 1

)

select * from final
