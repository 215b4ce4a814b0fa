-- model: input.repeated_version
-- grain: seq
-- about: Each row is one version of a record of which the log has several, when the record was first seen, and whether this version counts: the latest one, or with an explicit as-of date the latest one seen by then, else the first (R92).
with

setting as (

    select as_of_moment, is_as_of_explicit
    from config.setting

),

-- most records have one version only; those that may have more are told by a hash, which is cheaper to group than the ids
repeated as (

    select hash(source, stream, id) as id_hash
    from raw.record
    group by id_hash
    having count(*) > 1

),

versions as (

    select seq, source, stream, id, seen_at
    from raw.record
    where hash(source, stream, id) in (select id_hash from repeated)

),

chosen as (

    select
        versions.source,
        versions.stream,
        versions.id,
        case
            when any_value(setting.is_as_of_explicit)
                then coalesce(max(versions.seq) filter (where versions.seen_at < setting.as_of_moment), min(versions.seq))
            else max(versions.seq)
        end as seq,
        min(versions.seen_at) as first_seen_at
    from versions
    cross join setting
    group by versions.source, versions.stream, versions.id

),

final as (

    select
        versions.seq,
        chosen.first_seen_at,
        versions.seq = chosen.seq as is_chosen
    from versions
    inner join chosen
        on chosen.source = versions.source
        and chosen.stream = versions.stream
        and chosen.id = versions.id

)

select * from final
