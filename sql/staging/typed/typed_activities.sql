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

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'activities'

),

setting as (

    select timezone
    from config.setting

),

known_sources as (

    select list(source) as names
    from config.source

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.source || ':' || cells.id as activity_key,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        lower(cells.kind) as kind,
        parse_timestamp(cells.occurred_at, setting.timezone) as occurred_at,
        cells.occurred_at as written_occurred_at
    from cells
    cross join setting
    cross join known_sources

),

checked as (

    select
        source,
        record_id,
        activity_key,
        partner_reference,
        kind,
        occurred_at,
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
        checked.*,
        case when superseded.record_id is not null then 'duplicate_key' when checked.bad_cells is not null then 'bad_cell' end as problem
    from checked
    left join superseded on superseded.source = checked.source and superseded.record_id = checked.record_id

)

select * from final
