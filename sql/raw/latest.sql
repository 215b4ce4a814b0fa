-- model: input.latest
-- about: Each row is one record of a configured source in the version that counts (R92).
-- as: view
-- A view looks for its tables in its own catalog first, so the catalog of the settings is named.
with

final as (

    select
        record.source,
        sources.kind,
        record.stream,
        record.id,
        record.payload,
        record.op,
        record.reason,
        record.seen_at,
        coalesce(versions.first_seen_at, record.seen_at) as first_seen_at,
        record.seq
    from raw.record as record
    inner join warehouse.config.source as sources on sources.source = record.source
    left join input.repeated_version as versions on versions.seq = record.seq
    where coalesce(versions.is_chosen, true)

)

select * from final
