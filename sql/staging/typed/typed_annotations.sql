-- model: input.typed_annotations
-- about: Each row is one annotation, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell("on") as "on",
        cell(text) as text,
        cell(scope) as scope,
        cell(author) as author
    from input.annotations

),

read as (

    select
        cells.source,
        cells.record_id,
        parse_date(cells."on") as annotation_on,
        cells."on" as written_on,
        cells.text,
        cells.scope,
        cells.author
    from cells

),

checked as (

    select
        *,
        nullif(
            concat_ws(
                chr(31),
                case when annotation_on is null then 'on=' || coalesce(written_on, '') end,
                case when text is null then 'text=' end
            ),
            ''
        ) as bad_cells
    from read

),

final as (

    select
        source,
        record_id,
        annotation_on,
        text,
        scope,
        author,
        bad_cells,
        case when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
