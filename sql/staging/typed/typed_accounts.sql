-- model: input.typed_accounts
-- about: Each row is one account, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(name) as name,
        cell(domain) as domain,
        cell(region) as region,
        cell(segment) as segment,
        cell(country) as country,
        cell(created_at) as created_at,
        cell(customer_ids) as customer_ids,
        cell(same_as) as same_as,
        cell(merged_into_id) as merged_into_id
    from input.accounts

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'accounts'

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
        cells.source || ':' || cells.id as record_key,
        cells.name,
        normalise_domain(cells.domain) as domain,
        cells.region,
        cells.segment,
        cells.country,
        parse_timestamp(cells.created_at, setting.timezone) as created_at,
        cells.created_at as written_created_at,
        cells.customer_ids,
        cells.same_as,
        full_key(cells.source, cells.merged_into_id, known_sources.names) as survivor_reference
    from cells
    cross join setting
    cross join known_sources

),

checked as (

    select
        source,
        record_id,
        record_key,
        name,
        domain,
        region,
        segment,
        country,
        created_at,
        customer_ids,
        same_as,
        survivor_reference,
        nullif(
            concat_ws(
                chr(31),
                case when record_key is null then 'id=' end,
                case when name is null then 'name=' end,
                case when created_at is null and written_created_at is not null then 'created_at=' || written_created_at end
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
