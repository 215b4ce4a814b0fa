-- model: input.typed_refunds
-- about: Each row is one refund, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(payment_id) as payment_id,
        cell(refunded_at) as refunded_at,
        cell(amount) as amount,
        cell(currency) as currency,
        cell(kind) as kind,
        cell(reason) as reason
    from input.refunds

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'refunds'

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
        cells.source || ':' || cells.id as refund_key,
        full_key(cells.source, cells.payment_id, known_sources.names) as payment_reference,
        parse_timestamp(cells.refunded_at, setting.timezone) as refunded_at,
        cells.refunded_at as written_refunded_at,
        parse_money(cells.amount, currencies.exponent) as amount_minor,
        cells.amount as written_amount,
        currencies.currency,
        cells.currency as written_currency,
        case when lower(cells.kind) in ('refund', 'dispute') then lower(cells.kind) end as kind,
        cells.kind as written_kind,
        cells.reason,
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
        refund_key,
        payment_reference,
        refunded_at,
        amount_minor,
        currency,
        kind,
        reason,
        coalesce(is_amount_cut, false) as is_amount_cut,
        nullif(
            concat_ws(
                chr(31),
                case when refund_key is null then 'id=' end,
                case when payment_reference is null then 'payment_id=' end,
                case when refunded_at is null then 'refunded_at=' || coalesce(written_refunded_at, '') end,
                case when amount_minor is null and exponent is not null then 'amount=' || coalesce(written_amount, '') end,
                case when written_currency is null or exponent is null then 'currency=' || coalesce(written_currency, '') end,
                case when kind is null and written_kind is not null then 'kind=' || written_kind end
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
