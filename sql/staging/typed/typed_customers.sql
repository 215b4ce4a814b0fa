-- model: input.typed_customers
-- about: Each row is one customer, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(name) as name,
        cell(email) as email,
        cell(domain) as domain,
        cell(account_id) as account_id,
        cell(created_at) as created_at
    from input.customers

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'customers'

),

setting as (

    select timezone
    from config.setting

),

known_sources as (

    select list(source) as names
    from config.source

),

billing_sources as (

    select source
    from config.source
    where kind = 'stripe'

),

crm_accounts as (

    select id, record_key
    from input.crm_record
    where entity = 'accounts'

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.source || ':' || cells.id as customer_key,
        cells.name,
        cells.email,
        normalise_domain(cells.domain) as domain,
        coalesce(crm_accounts.record_key, full_key(cells.source, cells.account_id, known_sources.names)) as account_reference,
        parse_timestamp(cells.created_at, setting.timezone) as created_at,
        cells.created_at as written_created_at
    from cells
    cross join setting
    cross join known_sources
    left join billing_sources on billing_sources.source = cells.source
    left join crm_accounts
        on crm_accounts.id = case
            when billing_sources.source is not null and not is_full_key(cells.account_id, known_sources.names) then cells.account_id
        end

),

checked as (

    select
        source,
        record_id,
        customer_key,
        name,
        email,
        domain,
        account_reference,
        created_at,
        nullif(
            concat_ws(
                chr(31),
                case when customer_key is null then 'id=' end,
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
