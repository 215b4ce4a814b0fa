-- model: input.reformatted
-- grain: seq
-- about: Each row is one row of a file drop whose `formats:` say how dates and numbers are written, with these in ISO 8601 and in digits with a decimal point. A cell that is not written so gets a mark in front (chr(26), "substitute"), or it might pass for something else: 1,234 is one number in Boston and another in Berlin.
with

formats as (

    select *
    from config.cell_format

),

readings as (

    select *
    from config.date_reading

),

value_map as (

    select source, entity, maps
    from input.value_map

),

records as (

    select latest.seq, latest.source, latest.stream, latest.payload
    from input.latest as latest
    semi join formats on formats.source = latest.source and formats.entity = latest.stream
    where latest.op = 'upsert' and not is_broken_line(latest.id, latest.payload)

),

written as (

    select
        records.seq,
        records.source,
        records.stream,
        formats.column_name,
        formats.kind,
        formats.timezone,
        formats.is_iso_too,
        formats.signs_from,
        formats.signs_to,
        formats.is_percent,
        cell(records.payload ->> formats.column_name) as written
    from records
    inner join formats on formats.source = records.source and formats.entity = records.stream

),

-- what `values:` turns into a value of ours is not read again
cells as (

    select written.*
    from written
    left join value_map on value_map.source = written.source and value_map.entity = written.stream
    where written.written is not null and value_map.maps[written.column_name][lower(written.written)] is null

),

-- 31/03/2026 9:05 PM is the signs #/#/# #:# # and the parts 31, 03, 2026, 9, 05, PM
pieces as (

    select
        seq,
        source,
        stream,
        column_name,
        kind,
        timezone,
        is_iso_too,
        written,
        regexp_replace(written, '[\s\x{00A0}\x{202F}]+', ' ', 'g') as spaced,
        regexp_replace(spaced, '[0-9]+|[A-Za-z]+', '#', 'g') as signs,
        regexp_extract_all(spaced, '[0-9]+|[A-Za-z]+') as parts
    from cells
    where signs_from is null

),

parts as (

    select
        pieces.seq,
        pieces.column_name,
        pieces.kind,
        pieces.timezone,
        pieces.is_iso_too,
        pieces.written,
        case when length(pieces.parts[readings.year_place]) = readings.year_digits then try_cast(pieces.parts[readings.year_place] as integer) end
            + case when readings.year_digits = 2 then 2000 else 0 end as year,
        case
            when readings.is_month_named
                then list_position(
                    ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
                    lower(pieces.parts[readings.month_place][1:3])
                )
            else try_cast(pieces.parts[readings.month_place] as integer)
        end as month,
        try_cast(pieces.parts[readings.day_place] as integer) as day,
        try_cast(pieces.parts[readings.hour_place] as integer) as hour,
        try_cast(pieces.parts[readings.minute_place] as integer) as minute,
        try_cast(coalesce(pieces.parts[readings.second_place], '0') as integer) as second,
        lower(pieces.parts[readings.half_place]) as half,
        readings.hour_place is not null as has_time,
        readings.half_place is not null as has_half
    from pieces
    left join readings
        on readings.source = pieces.source
        and readings.entity = pieces.stream
        and readings.column_name = pieces.column_name
        and readings.signs = pieces.signs

),

day_times as (

    select
        *,
        format('{:04d}-{:02d}-{:02d}', year, month, day) as day_text,
        case
            when not has_time then ''
            when not has_half then format('T{:02d}:{:02d}:{:02d}', hour, minute, second)
            when hour between 1 and 12 and half in ('am', 'pm')
                then format('T{:02d}:{:02d}:{:02d}', hour % 12 + case half when 'pm' then 12 else 0 end, minute, second)
        end as time_text
    from parts

),

iso as (

    select
        seq,
        column_name,
        kind,
        timezone,
        written,
        case
            when try_cast(day_text || time_text as timestamp) is not null
                then case when kind = 'moment' then day_text || time_text else day_text end
            when is_iso_too then written
        end as iso_text
    from day_times

),

walls as (

    select
        *,
        case
            when timezone is not null and regexp_full_match(iso_text, '[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+)?')
                then try_cast(upper(iso_text) as timestamp)
        end as wall
    from iso

),

-- a time without a zone is one of the source's own zone
dates as (

    select
        seq,
        column_name,
        case
            when wall is null then coalesce(iso_text, chr(26) || written)
            else strftime(timezone('UTC', local_instant(wall, timezone)), '%Y-%m-%dT%H:%M:%S.%fZ')
        end as value
    from walls

),

-- a currency's sign or code may stand before or behind a number, and a percent sign behind
bare as (

    select
        *,
        regexp_replace(
            regexp_replace(
                translate(written, chr(160) || chr(8201) || chr(8239) || chr(8217) || chr(8722), '   ''-'),
                '^([-+(]?) ?(?:[A-Z]{0,3}\p{Sc}|[A-Z]{3}) ?',
                '\1'
            ),
            ' ?(?:\p{Sc}|[A-Z]{3}|%)([-)]?)$',
            '\1'
        ) as bare
    from cells
    where signs_from is not null

),

-- a minus may also stand behind, or be brackets, as accountants write it
digits as (

    select
        seq,
        column_name,
        kind,
        written,
        is_percent,
        contains(written, '%') as has_percent,
        regexp_extract(
            translate(bare, signs_from, signs_to),
            '^([-+(]?)([0-9]{1,3}(?:_[0-9]{3})+|[0-9]+|)([.][0-9]+|)([-)]?)$',
            ['opening', 'whole', 'decimals', 'closing']
        ) as number_parts
    from bare

),

plain as (

    select
        seq,
        column_name,
        kind,
        written,
        is_percent or has_percent as is_percentage,
        case when number_parts.opening in ('-', '(') or number_parts.closing = '-' then '-' else '' end as minus,
        case
            when (number_parts.opening = '(') = (number_parts.closing = ')')
                and not (number_parts.opening <> '' and number_parts.closing = '-')
                and not (has_percent and kind = 'number')
                then nullif(replace(number_parts.whole, '_', '') || number_parts.decimals, '')
        end as number_text
    from digits

),

-- a probability in percent is a hundredth of what is written; a share is in percent anyway
numbers as (

    select
        seq,
        column_name,
        coalesce(
            minus || case
                when is_percentage and kind = 'ratio' then (try_cast(number_text as decimal(24, 8)) * 0.01::decimal(2, 2))::varchar
                else number_text
            end,
            chr(26) || written
        ) as value
    from plain

),

patches as (

    select seq, to_json(map_from_entries(list({ 'key': column_name, 'value': value }))) as patch
    from (
        select seq, column_name, value
        from dates
        union all
        select seq, column_name, value
        from numbers
    )
    group by seq

),

final as (

    select records.seq, json_merge_patch(records.payload, patches.patch)::varchar as payload
    from records
    inner join patches on patches.seq = records.seq

)

select * from final
