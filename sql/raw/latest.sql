-- model: input.latest
-- about: Each row is one record of a configured source in the version that counts: the latest one, or with an explicit as-of date the latest one seen by then, else its first (R92).
-- as: view
-- A view looks for its tables in its own catalog first, so the catalog of the settings is named.
with

setting as (

    select as_of_moment, is_as_of_explicit
    from warehouse.config.setting

),

sources as (

    select source, kind
    from warehouse.config.source

),

-- the numbers of the versions are found first, so that only the payloads that count are read
versions as (

    select
        record.source,
        record.stream,
        record.id,
        case
            when any_value(setting.is_as_of_explicit)
                then coalesce(max(record.seq) filter (where record.seen_at < setting.as_of_moment), min(record.seq))
            else max(record.seq)
        end as seq,
        min(record.seen_at) as first_seen_at
    from raw.record as record
    cross join setting
    group by record.source, record.stream, record.id

),

final as (

    select
        versions.source,
        sources.kind,
        versions.stream,
        versions.id,
        record.payload,
        record.op,
        record.reason,
        record.seen_at,
        versions.first_seen_at,
        versions.seq
    from versions
    inner join sources on sources.source = versions.source
    inner join raw.record as record
        on record.seq = versions.seq
        and record.source = versions.source
        and record.stream = versions.stream

)

select * from final
