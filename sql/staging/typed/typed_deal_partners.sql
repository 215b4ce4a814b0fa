-- model: input.typed_deal_partners
-- about: Each row is one role of a partner on a deal, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(deal_id) as deal_id,
        cell(partner_id) as partner_id,
        cell(role) as role,
        cell(share) as share,
        cell(recorded_at) as recorded_at,
        cell(removed_at) as removed_at
    from input.deal_partners

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
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        normalise_word(cells.role) as role,
        parse_percentage(cells.share) as share,
        cells.share as written_share,
        parse_timestamp(cells.recorded_at, setting.timezone) as recorded_at,
        cells.recorded_at as written_recorded_at,
        parse_timestamp(cells.removed_at, setting.timezone) as removed_at,
        cells.removed_at as written_removed_at
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
                case when partner_reference is null then 'partner_id=' end,
                case when share is null and written_share is not null then 'share=' || written_share end,
                case when recorded_at is null and written_recorded_at is not null then 'recorded_at=' || written_recorded_at end,
                case when removed_at is null and written_removed_at is not null then 'removed_at=' || written_removed_at end
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
        partner_reference,
        role,
        share,
        recorded_at,
        removed_at,
        bad_cells,
        case when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
