-- model: input.typed_deal_stages
-- about: Each row is one entry of a deal into a stage, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(deal_id) as deal_id,
        cell(stage) as stage,
        cell(entered_at) as entered_at
    from input.deal_stages

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
        full_key(cells.source, cells.deal_id, known_sources.names) as deal_reference,
        cells.stage,
        parse_timestamp(cells.entered_at, setting.timezone) as entered_at,
        cells.entered_at as written_entered_at
    from cells
    cross join setting
    cross join known_sources

),

checked as (

    select
        *,
        nullif(
            concat_ws(
                chr(31),
                case when deal_reference is null then 'deal_id=' end,
                case when stage is null then 'stage=' end,
                case when entered_at is null then 'entered_at=' || coalesce(written_entered_at, '') end
            ),
            ''
        ) as bad_cells
    from read

),

final as (

    select
        source,
        record_id,
        deal_reference,
        stage,
        entered_at,
        bad_cells,
        case when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
