-- model: input.typed_leads
-- about: Each row is one lead, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(partner_id) as partner_id,
        cell(account_id) as account_id,
        cell(deal_id) as deal_id,
        cell(received_at) as received_at,
        cell(responded_at) as responded_at,
        cell(accepted_at) as accepted_at,
        cell(rejected_at) as rejected_at
    from input.leads

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'leads'

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
        cells.source || ':' || cells.id as lead_key,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        full_key(cells.source, cells.account_id, known_sources.names) as account_reference,
        full_key(cells.source, cells.deal_id, known_sources.names) as deal_reference,
        parse_timestamp(cells.received_at, setting.timezone) as received_at,
        cells.received_at as written_received_at,
        parse_timestamp(cells.responded_at, setting.timezone) as responded_at,
        cells.responded_at as written_responded_at,
        parse_timestamp(cells.accepted_at, setting.timezone) as accepted_at,
        cells.accepted_at as written_accepted_at,
        parse_timestamp(cells.rejected_at, setting.timezone) as rejected_at,
        cells.rejected_at as written_rejected_at
    from cells
    cross join setting
    cross join known_sources

),

checked as (

    select
        source,
        record_id,
        lead_key,
        partner_reference,
        account_reference,
        deal_reference,
        received_at,
        responded_at,
        accepted_at,
        rejected_at,
        nullif(
            concat_ws(
                chr(31),
                case when lead_key is null then 'id=' end,
                case when partner_reference is null then 'partner_id=' end,
                case when received_at is null then 'received_at=' || coalesce(written_received_at, '') end,
                case when responded_at is null and written_responded_at is not null then 'responded_at=' || written_responded_at end,
                case when accepted_at is null and written_accepted_at is not null then 'accepted_at=' || written_accepted_at end,
                case when rejected_at is null and written_rejected_at is not null then 'rejected_at=' || written_rejected_at end
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
