-- model: input.typed_deals
-- about: Each row is one deal, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(id) as id,
        cell(account_id) as account_id,
        cell(name) as name,
        cell(pipeline) as pipeline,
        cell(stage) as stage,
        cell(state) as state,
        cell(order_type) as order_type,
        cell(amount) as amount,
        cell(currency) as currency,
        cell(probability) as probability,
        cell(created_at) as created_at,
        cell(closed_on) as closed_on,
        cell(expected_close_on) as expected_close_on,
        cell(owner) as owner,
        cell(next_step) as next_step,
        cell(lost_reason) as lost_reason,
        cell(partner_id) as partner_id,
        cell(partner_role) as partner_role,
        cell(partner_declared_at) as partner_declared_at,
        cell(excluded_as) as excluded_as,
        cell(merged_into_id) as merged_into_id
    from input.deals

),

superseded as (

    select source, record_id
    from input.superseded_row
    where entity = 'deals'

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
        cells.source || ':' || cells.id as record_key,
        full_key(cells.source, cells.account_id, known_sources.names) as account_reference,
        cells.name,
        cells.pipeline,
        cells.stage,
        case when lower(cells.state) in ('open', 'won', 'lost') then lower(cells.state) end as state,
        cells.state as written_state,
        case when lower(cells.order_type) in ('new', 'expansion', 'renewal') then lower(cells.order_type) end as order_type,
        cells.order_type as written_order_type,
        parse_money(cells.amount, currencies.exponent) as amount_minor,
        cells.amount as written_amount,
        currencies.currency,
        cells.currency as written_currency,
        parse_probability(cells.probability) as probability,
        cells.probability as written_probability,
        parse_timestamp(cells.created_at, setting.timezone) as created_at,
        cells.created_at as written_created_at,
        parse_date(cells.closed_on) as closed_on,
        cells.closed_on as written_closed_on,
        parse_date(cells.expected_close_on) as expected_close_on,
        cells.expected_close_on as written_expected_close_on,
        cells.owner,
        cells.next_step,
        cells.lost_reason,
        full_key(cells.source, cells.partner_id, known_sources.names) as partner_reference,
        case when lower(cells.partner_role) in ('sourced', 'influenced') then lower(cells.partner_role) end as partner_role,
        cells.partner_role as written_partner_role,
        parse_timestamp(cells.partner_declared_at, setting.timezone) as partner_declared_at,
        cells.partner_declared_at as written_partner_declared_at,
        case when lower(cells.excluded_as) in ('duplicate', 'unqualified', 'self_serve') then lower(cells.excluded_as) end as excluded_as,
        cells.excluded_as as written_excluded_as,
        full_key(cells.source, cells.merged_into_id, known_sources.names) as survivor_reference,
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
        record_key,
        account_reference,
        name,
        pipeline,
        stage,
        state,
        order_type,
        amount_minor,
        currency,
        probability,
        created_at,
        closed_on,
        expected_close_on,
        owner,
        next_step,
        lost_reason,
        partner_reference,
        partner_role,
        partner_declared_at,
        excluded_as,
        survivor_reference,
        coalesce(is_currency_missing, false) as is_currency_missing,
        coalesce(is_amount_cut, false) as is_amount_cut,
        nullif(
            concat_ws(
                chr(31),
                case when record_key is null then 'id=' end,
                case when state is null then 'state=' || coalesce(written_state, '') end,
                case when order_type is null and written_order_type is not null then 'order_type=' || written_order_type end,
                case when amount_minor is null and written_amount is not null and exponent is not null then 'amount=' || written_amount end,
                case when exponent is null then 'currency=' || written_currency end,
                case when probability is null and written_probability is not null then 'probability=' || written_probability end,
                case when created_at is null then 'created_at=' || coalesce(written_created_at, '') end,
                case when closed_on is null and written_closed_on is not null then 'closed_on=' || written_closed_on end,
                case when expected_close_on is null and written_expected_close_on is not null then 'expected_close_on=' || written_expected_close_on end,
                case when partner_role is null and written_partner_role is not null then 'partner_role=' || written_partner_role end,
                case when partner_declared_at is null and written_partner_declared_at is not null then 'partner_declared_at=' || written_partner_declared_at end,
                case when excluded_as is null and written_excluded_as is not null then 'excluded_as=' || written_excluded_as end
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
