-- model: input.typed_touches
-- about: Each row is one touch, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(partner_id) as partner_id,
        cell(deal_id) as deal_id,
        cell(account_id) as account_id,
        cell(kind) as kind,
        cell(occurred_at) as occurred_at,
        cell(recorded_at) as recorded_at,
        cell(removed_at) as removed_at,
        cell(evidence) as evidence
    from input.touches

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'touches'

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
        cells.source || ':' || cells.id as touch_key,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        full_key(cells.source, cells.deal_id, known_sources.names) as deal_reference,
        full_key(cells.source, cells.account_id, known_sources.names) as account_reference,
        lower(cells.kind) as kind,
        parse_timestamp(cells.occurred_at, setting.timezone) as occurred_at,
        cells.occurred_at as written_occurred_at,
        parse_timestamp(cells.recorded_at, setting.timezone) as recorded_at,
        cells.recorded_at as written_recorded_at,
        parse_timestamp(cells.removed_at, setting.timezone) as removed_at,
        cells.removed_at as written_removed_at,
        cells.evidence
    from cells
    cross join setting
    cross join known_sources

),

checked as (

    select
        source,
        record_id,
        touch_key,
        partner_reference,
        deal_reference,
        account_reference,
        kind,
        occurred_at,
        recorded_at,
        removed_at,
        evidence,
        nullif(
            concat_ws(
                chr(31),
                case when touch_key is null then 'id=' end,
                case when partner_reference is null then 'partner_id=' end,
                case when kind is null then 'kind=' end,
                case when occurred_at is null then 'occurred_at=' || coalesce(written_occurred_at, '') end,
                case when recorded_at is null and written_recorded_at is not null then 'recorded_at=' || written_recorded_at end,
                case when removed_at is null and written_removed_at is not null then 'removed_at=' || written_removed_at end
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
