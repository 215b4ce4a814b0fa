-- model: input.typed_certifications
-- about: Each row is one certification, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(partner_id) as partner_id,
        cell(person) as person,
        cell(kind) as kind,
        cell(level) as level,
        cell(earned_on) as earned_on,
        cell(expires_on) as expires_on
    from input.certifications

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'certifications'

),

known_sources as (

    select list(source) as names
    from config.source

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.source || ':' || cells.id as certification_key,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        cells.person,
        cells.kind,
        cells.level,
        parse_date(cells.earned_on) as earned_on,
        cells.earned_on as written_earned_on,
        parse_date(cells.expires_on) as expires_on,
        cells.expires_on as written_expires_on
    from cells
    cross join known_sources

),

checked as (

    select
        source,
        record_id,
        certification_key,
        partner_reference,
        person,
        kind,
        level,
        earned_on,
        expires_on,
        nullif(
            concat_ws(
                chr(31),
                case when certification_key is null then 'id=' end,
                case when partner_reference is null then 'partner_id=' end,
                case when earned_on is null then 'earned_on=' || coalesce(written_earned_on, '') end,
                case when expires_on is null and written_expires_on is not null then 'expires_on=' || written_expires_on end
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
