-- model: input.typed_registrations
-- about: Each row is one registration, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(partner_id) as partner_id,
        cell(deal_id) as deal_id,
        cell(account_id) as account_id,
        cell(submitted_at) as submitted_at,
        cell(decided_at) as decided_at,
        cell(status) as status,
        cell(protection_ends_on) as protection_ends_on,
        cell(approver) as approver,
        cell(amount) as amount,
        cell(currency) as currency
    from input.registrations

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'registrations'

),

setting as (

    select timezone, currency
    from config.setting

),

known_sources as (

    select list(source) as names
    from config.source

),

currencies as (

    select currency, exponent
    from config.currency

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.source || ':' || cells.id as registration_key,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        full_key(cells.source, cells.deal_id, known_sources.names) as deal_reference,
        full_key(cells.source, cells.account_id, known_sources.names) as account_reference,
        parse_timestamp(cells.submitted_at, setting.timezone) as submitted_at,
        cells.submitted_at as written_submitted_at,
        parse_timestamp(cells.decided_at, setting.timezone) as decided_at,
        cells.decided_at as written_decided_at,
        case when lower(cells.status) in ('submitted', 'approved', 'rejected', 'withdrawn') then lower(cells.status) end as status,
        cells.status as written_status,
        parse_date(cells.protection_ends_on) as protection_ends_on,
        cells.protection_ends_on as written_protection_ends_on,
        cells.approver,
        parse_money(cells.amount, currencies.exponent) as amount_minor,
        cells.amount as written_amount,
        currencies.currency,
        cells.currency as written_currency,
        currencies.exponent,
        cells.currency is null and cells.amount is not null as is_currency_missing,
        is_money_cut(cells.amount, currencies.exponent) as is_amount_cut
    from cells
    cross join setting
    cross join known_sources
    left join currencies on currencies.currency = upper(coalesce(cells.currency, setting.currency))

),

checked as (

    select
        source,
        record_id,
        registration_key,
        partner_reference,
        deal_reference,
        account_reference,
        submitted_at,
        decided_at,
        status,
        protection_ends_on,
        approver,
        amount_minor,
        currency,
        coalesce(is_currency_missing, false) as is_currency_missing,
        coalesce(is_amount_cut, false) as is_amount_cut,
        nullif(
            concat_ws(
                chr(31),
                case when registration_key is null then 'id=' end,
                case when partner_reference is null then 'partner_id=' end,
                case when submitted_at is null then 'submitted_at=' || coalesce(written_submitted_at, '') end,
                case when decided_at is null and written_decided_at is not null then 'decided_at=' || written_decided_at end,
                case when status is null then 'status=' || coalesce(written_status, '') end,
                case when protection_ends_on is null and written_protection_ends_on is not null then 'protection_ends_on=' || written_protection_ends_on end,
                case when amount_minor is null and written_amount is not null and exponent is not null then 'amount=' || written_amount end,
                case when exponent is null then 'currency=' || written_currency end
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
