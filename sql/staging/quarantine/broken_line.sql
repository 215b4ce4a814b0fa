-- into: staging.quarantine
-- about: Lines of a file that are no row of it: too few or too many fields, a quote that nothing closes, text that is not UTF-8 or not JSON.
with

lines as (

    select
        source,
        stream,
        id,
        json_transform(payload, '{"__bad": "VARCHAR", "__text": "VARCHAR"}') as cells
    from input.latest
    where kind = 'files' and op = 'upsert' and is_broken_line(id, payload)

),

final as (

    select
        'bad_cell' as check_id,
        lines.source,
        lines.stream as entity,
        lines.source || ':' || lines.id as entity_key,
        positions.file,
        positions.line,
        null::varchar as column_name,
        lines.cells.__text as value,
        lines.cells.__bad
            || coalesce(' (' || positions.file || ', line ' || positions.line || ')', '')
            || '; the row is left out' as message,
        'mend the line in the file, or export it again' as fix,
        null::bigint as amount_minor,
        null::varchar as currency,
        null::date as amount_on
    from lines
    left join raw.position as positions
        on positions.source = lines.source
        and positions.stream = lines.stream
        and positions.id = lines.id

)

select * from final
