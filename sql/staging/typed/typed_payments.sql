-- model: input.typed_payments
-- about: Each row is one payment, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(invoice_id) as invoice_id,
        cell(paid_at) as paid_at,
        cell(amount) as amount,
        cell(currency) as currency,
        cell(is_out_of_band) as is_out_of_band
    from input.payments

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'payments'

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
        cells.source || ':' || cells.id as payment_key,
        full_key(cells.source, cells.invoice_id, known_sources.names) as invoice_reference,
        parse_timestamp(cells.paid_at, setting.timezone) as paid_at,
        cells.paid_at as written_paid_at,
        parse_money(cells.amount, currencies.exponent) as amount_minor,
        cells.amount as written_amount,
        currencies.currency,
        cells.currency as written_currency,
        parse_flag(cells.is_out_of_band) as is_out_of_band,
        cells.is_out_of_band as written_is_out_of_band,
        currencies.exponent,
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
        payment_key,
        invoice_reference,
        paid_at,
        amount_minor,
        currency,
        is_out_of_band,
        coalesce(is_amount_cut, false) as is_amount_cut,
        nullif(
            concat_ws(
                chr(31),
                case when payment_key is null then 'id=' end,
                case when invoice_reference is null then 'invoice_id=' end,
                case when paid_at is null then 'paid_at=' || coalesce(written_paid_at, '') end,
                case when amount_minor is null and exponent is not null then 'amount=' || coalesce(written_amount, '') end,
                case when written_currency is null or exponent is null then 'currency=' || coalesce(written_currency, '') end,
                case when is_out_of_band is null and written_is_out_of_band is not null then 'is_out_of_band=' || written_is_out_of_band end
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
