-- model: input.typed_fx_rates
-- about: Each row is one rate of a pair of currencies on a day, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell("on") as "on",
        cell(from_currency) as from_currency,
        cell(to_currency) as to_currency,
        cell(rate) as rate
    from input.fx_rates

),

currencies as (

    select currency, exponent
    from config.currency

),

-- a key that stands in several lines: the last one, whose record id is the shortest, counts (R03)
ranked as (

    select
        source,
        record_id,
        row_number() over (
            partition by source, cell("on"), upper(cell(from_currency)), upper(cell(to_currency))
            order by length(record_id), record_id
        ) as place
    from input.fx_rates

),

superseded as (

    select source, record_id
    from ranked
    where place > 1

),

read as (

    select
        cells.source,
        cells.record_id,
        parse_date(cells."on") as rate_on,
        cells."on" as written_on,
        from_currencies.currency as from_currency,
        cells.from_currency as written_from_currency,
        to_currencies.currency as to_currency,
        cells.to_currency as written_to_currency,
        case when parse_number(cells.rate) > 0 and parse_number(cells.rate) < 1000000000000 then parse_number(cells.rate) end as rate,
        cells.rate as written_rate,
        superseded.record_id is not null as is_superseded
    from cells
    left join currencies as from_currencies on from_currencies.currency = upper(cells.from_currency)
    left join currencies as to_currencies on to_currencies.currency = upper(cells.to_currency)
    left join superseded on superseded.source = cells.source and superseded.record_id = cells.record_id

),

checked as (

    select
        *,
        nullif(
            concat_ws(
                chr(31),
                case when rate_on is null then 'on=' || coalesce(written_on, '') end,
                case when from_currency is null then 'from_currency=' || coalesce(written_from_currency, '') end,
                case when to_currency is null then 'to_currency=' || coalesce(written_to_currency, '') end,
                case when rate is null then 'rate=' || coalesce(written_rate, '') end
            ),
            ''
        ) as bad_cells
    from read

),

final as (

    select
        source,
        record_id,
        rate_on,
        from_currency,
        to_currency,
        rate,
        bad_cells,
        case when is_superseded then 'duplicate_key' when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
