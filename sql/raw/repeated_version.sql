-- model: input.repeated_version
-- grain: seq
-- about: Each row is one version of a record of which the log has several, when the record was first seen, and whether this version counts: the latest one, or with an explicit as-of date the latest one seen by then, else the first (R92).
with

setting as (

    select as_of_moment, is_as_of_explicit
    from config.setting

),

first_pass as (

    select min_by(run_id, seq) as run_id, min_by(seen_at, seq) as seen_at
    from raw.record

),

file_drops as (

    select source
    from config.source
    where kind = 'files'

),

-- a pass over a file drop lists each of its lines once, so what the first run of all saw cannot be a second version; a moment
-- would not tell runs apart, since clocks are set back
later as (

    select hash(record.source, record.stream, record.id) as id_hash
    from raw.record as record
    cross join first_pass
    left join file_drops on file_drops.source = record.source
    where record.run_id is distinct from first_pass.run_id
        or record.seen_at is distinct from first_pass.seen_at
        or file_drops.source is null

),

-- records are told by a hash, which is cheaper to group than the ids
repeated as (

    select hash(source, stream, id) as id_hash
    from raw.record
    where hash(source, stream, id) in (select id_hash from later)
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
