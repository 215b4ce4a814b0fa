-- model: input.typed_overlaps
-- about: Each row is one overlap, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(partner_id) as partner_id,
        cell(account_id) as account_id,
        cell(kind) as kind,
        cell(identified_on) as identified_on
    from input.overlaps

),

known_sources as (

    select list(source) as names
    from config.source

),

read as (

    select
        cells.source,
        cells.record_id,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        full_key(cells.source, cells.account_id, known_sources.names) as account_reference,
        case when lower(cells.kind) in ('customer', 'prospect') then lower(cells.kind) end as kind,
        cells.kind as written_kind,
        parse_date(cells.identified_on) as identified_on,
        cells.identified_on as written_identified_on
    from cells
    cross join known_sources

),

checked as (

    select
        *,
        nullif(
            concat_ws(
                chr(31),
                case when partner_reference is null then 'partner_id=' end,
                case when account_reference is null then 'account_id=' end,
                case when kind is null then 'kind=' || coalesce(written_kind, '') end,
                case when identified_on is null then 'identified_on=' || coalesce(written_identified_on, '') end
            ),
            ''
        ) as bad_cells
    from read

),

final as (

    select
        source,
        record_id,
        partner_reference,
        account_reference,
        kind,
        identified_on,
        bad_cells,
        case when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
