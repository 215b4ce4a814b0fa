-- model: input.typed_invoices
-- about: Each row is one invoice, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(customer_id) as customer_id,
        cell(number) as number,
        cell(status) as status,
        cell(issued_at) as issued_at,
        cell(currency) as currency,
        cell(total) as total,
        cell(tax) as tax,
        cell(deal_id) as deal_id,
        cell(subscription_id) as subscription_id,
        cell(recurring_amount) as recurring_amount,
        cell(period_starts_on) as period_starts_on,
        cell(period_ends_on) as period_ends_on
    from input.invoices

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'invoices'

),

setting as (

    select timezone, currency
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

crm_deals as (

    select id, record_key
    from input.crm_record
    where entity = 'deals'

),

currencies as (

    select currency, exponent
    from config.currency

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.source || ':' || cells.id as invoice_key,
        full_key(cells.source, cells.customer_id, known_sources.names) as customer_reference,
        cells.number,
        lower(cells.status) as status,
        parse_timestamp(cells.issued_at, setting.timezone) as issued_at,
        cells.issued_at as written_issued_at,
        currencies.currency,
        cells.currency as written_currency,
        parse_money(cells.total, currencies.exponent) as total_minor,
        cells.total as written_total,
        parse_money(cells.tax, currencies.exponent) as tax_minor,
        cells.tax as written_tax,
        coalesce(crm_deals.record_key, full_key(cells.source, cells.deal_id, known_sources.names)) as deal_reference,
        cells.subscription_id,
        parse_money(cells.recurring_amount, currencies.exponent) as recurring_minor,
        cells.recurring_amount as written_recurring_amount,
        parse_date(cells.period_starts_on) as period_starts_on,
        cells.period_starts_on as written_period_starts_on,
        parse_date(cells.period_ends_on) as period_ends_on,
        cells.period_ends_on as written_period_ends_on,
        currencies.exponent,
        coalesce(is_money_cut(cells.total, currencies.exponent), false)
        or coalesce(is_money_cut(cells.tax, currencies.exponent), false)
        or coalesce(is_money_cut(cells.recurring_amount, currencies.exponent), false) as is_amount_cut
    from cells
    cross join setting
    cross join known_sources
    left join currencies on currencies.currency = upper(coalesce(cells.currency, setting.currency))
    left join billing_sources on billing_sources.source = cells.source
    left join crm_deals
        on crm_deals.id = case
            when billing_sources.source is not null and not is_full_key(cells.deal_id, known_sources.names) then cells.deal_id
        end

),

checked as (

    select
        source,
        record_id,
        invoice_key,
        customer_reference,
        number,
        status,
        issued_at,
        currency,
        total_minor,
        tax_minor,
        deal_reference,
        subscription_id,
        recurring_minor,
        period_starts_on,
        period_ends_on,
        coalesce(is_amount_cut, false) as is_amount_cut,
        nullif(
            concat_ws(
                chr(31),
                case when invoice_key is null then 'id=' end,
                case when customer_reference is null then 'customer_id=' end,
                case when issued_at is null then 'issued_at=' || coalesce(written_issued_at, '') end,
                case when written_currency is null or exponent is null then 'currency=' || coalesce(written_currency, '') end,
                case when total_minor is null and exponent is not null then 'total=' || coalesce(written_total, '') end,
                case when tax_minor is null and written_tax is not null and exponent is not null then 'tax=' || written_tax end,
                case when recurring_minor is null and written_recurring_amount is not null and exponent is not null then 'recurring_amount=' || written_recurring_amount end,
                case when period_starts_on is null and written_period_starts_on is not null then 'period_starts_on=' || written_period_starts_on end,
                case when period_ends_on is null and written_period_ends_on is not null then 'period_ends_on=' || written_period_ends_on end
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
