-- model: input.typed_activities
-- about: Each row is one activity, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(partner_id) as partner_id,
        cell(kind) as kind,
        cell(occurred_at) as occurred_at
    from input.activities

),

setting as (

    select timezone
    from config.setting

),

known_sources as (

    select list(source) as names
    from config.source

),

-- a key that stands in several lines: the last one, whose record id is the shortest, counts (R03); only then does some record id differ from the id
repeated_keys as (

    select source, cell(id) as id
    from input.activities
    where record_id <> cell(id)

),

ranked as (

    select
        records.source,
        records.record_id,
        row_number() over (
            partition by records.source, cell(records.id)
            order by length(records.record_id), records.record_id
        ) as place
    from input.activities as records
    semi join repeated_keys on repeated_keys.source = records.source and repeated_keys.id = cell(records.id)

),

superseded as (

    select source, record_id
    from ranked
    where place > 1

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.source || ':' || cells.id as activity_key,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        lower(cells.kind) as kind,
        parse_timestamp(cells.occurred_at, setting.timezone) as occurred_at,
        cells.occurred_at as written_occurred_at,
        superseded.record_id is not null as is_superseded
    from cells
    cross join setting
    cross join known_sources
    left join superseded on superseded.source = cells.source and superseded.record_id = cells.record_id

),

checked as (

    select
        *,
        nullif(
            concat_ws(
                chr(31),
                case when activity_key is null then 'id=' end,
                case when partner_reference is null then 'partner_id=' end,
                case when kind is null then 'kind=' end,
                case when occurred_at is null then 'occurred_at=' || coalesce(written_occurred_at, '') end
            ),
            ''
        ) as bad_cells
    from read

),

final as (

    select
        source,
        record_id,
        activity_key,
        partner_reference,
        kind,
        occurred_at,
        bad_cells,
        case when is_superseded and activity_key is not null then 'duplicate_key' when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
