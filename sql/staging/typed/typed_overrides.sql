-- model: input.typed_overrides
-- about: Each row is one override of a deal, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(deal_id) as deal_id,
        cell(partner_id) as partner_id,
        cell(decision) as decision,
        cell(reason) as reason,
        cell(approver) as approver,
        cell(decided_at) as decided_at
    from input.overrides

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
        case when lower(cells.decision) in ('sourced', 'influenced', 'none') then lower(cells.decision) end as decision,
        cells.decision as written_decision,
        cells.reason,
        cells.approver,
        parse_timestamp(cells.decided_at, setting.timezone) as decided_at,
        cells.decided_at as written_decided_at
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
                case when decision is null then 'decision=' || coalesce(written_decision, '') end,
                case when reason is null then 'reason=' end,
                case when approver is null then 'approver=' end,
                case when decided_at is null then 'decided_at=' || coalesce(written_decided_at, '') end
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
        decision,
        reason,
        approver,
        decided_at,
        bad_cells,
        case when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
