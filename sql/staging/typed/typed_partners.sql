-- model: input.typed_partners
-- about: Each row is one partner, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(name) as name,
        cell(type) as type,
        cell(tier) as tier,
        cell(region) as region,
        cell(manager) as manager,
        cell(status) as status,
        cell(agreed_on) as agreed_on,
        cell(ended_on) as ended_on,
        cell(domain) as domain,
        cell(parent_id) as parent_id,
        cell(same_as) as same_as
    from input.partners

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'partners'

),

known_sources as (

    select list(source) as names
    from config.source

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.source || ':' || cells.id as record_key,
        cells.name,
        cells.type,
        cells.tier,
        cells.region,
        cells.manager,
        case when lower(cells.status) in ('active', 'inactive', 'prospect', 'ended') then lower(cells.status) end as status,
        cells.status as written_status,
        parse_date(cells.agreed_on) as agreed_on,
        cells.agreed_on as written_agreed_on,
        parse_date(cells.ended_on) as ended_on,
        cells.ended_on as written_ended_on,
        normalise_domain(cells.domain) as domain,
        full_key(cells.source, cells.parent_id, known_sources.names) as parent_reference,
        cells.same_as
    from cells
    cross join known_sources

),

checked as (

    select
        source,
        record_id,
        record_key,
        name,
        type,
        tier,
        region,
        manager,
        status,
        agreed_on,
        ended_on,
        domain,
        parent_reference,
        same_as,
        nullif(
            concat_ws(
                chr(31),
                case when record_key is null then 'id=' end,
                case when name is null then 'name=' end,
                case when status is null and written_status is not null then 'status=' || written_status end,
                case when agreed_on is null and written_agreed_on is not null then 'agreed_on=' || written_agreed_on end,
                case when ended_on is null and written_ended_on is not null then 'ended_on=' || written_ended_on end
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
