-- model: input.typed_targets
-- about: Each row is one target, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(slice) as slice,
        cell(slice_key) as slice_key,
        cell(metric) as metric,
        cell(period) as period,
        cell(amount) as amount,
        cell(currency) as currency
    from input.targets

),

setting as (

    select currency
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

-- a key that stands in several lines: the last one, whose record id is the shortest, counts (R03)
ranked as (

    select
        source,
        record_id,
        row_number() over (
            partition by source, lower(cell(slice)), coalesce(cell(slice_key), ''), cell(metric), upper(cell(period))
            order by length(record_id), record_id
        ) as place
    from input.targets

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
        case when lower(cells.slice) in ('program', 'partner', 'type', 'tier', 'region', 'manager') then lower(cells.slice) end as slice,
        cells.slice as written_slice,
        cells.slice_key,
        case when lower(cells.slice) = 'partner' then full_key(cells.source, cells.slice_key, known_sources.names) end as partner_reference,
        cells.metric,
        case when regexp_full_match(cells.period, '[0-9]{4}(-([Qq][1-4]|0[1-9]|1[0-2]))?') then upper(cells.period) end as period,
        cells.period as written_period,
        case when parse_money(cells.amount, currencies.exponent) is not null then try_cast(cells.amount as decimal(38, 12)) end as amount,
        parse_money(cells.amount, currencies.exponent) as amount_minor,
        cells.amount as written_amount,
        currencies.currency,
        cells.currency as written_currency,
        currencies.exponent,
        superseded.record_id is not null as is_superseded
    from cells
    cross join setting
    cross join known_sources
    left join currencies on currencies.currency = upper(coalesce(cells.currency, setting.currency))
    left join superseded on superseded.source = cells.source and superseded.record_id = cells.record_id

),

checked as (

    select
        *,
        nullif(
            concat_ws(
                chr(31),
                case when slice is null then 'slice=' || coalesce(written_slice, '') end,
                case when slice <> 'program' and slice_key is null or slice = 'program' and lower(slice_key) <> 'all' then 'slice_key=' || coalesce(slice_key, '') end,
                case when metric is null then 'metric=' end,
                case when period is null then 'period=' || coalesce(written_period, '') end,
                case when amount is null and exponent is not null then 'amount=' || coalesce(written_amount, '') end,
                case when exponent is null then 'currency=' || written_currency end
            ),
            ''
        ) as bad_cells
    from read

),

final as (

    select
        source,
        record_id,
        slice,
        slice_key,
        partner_reference,
        metric,
        period,
        amount,
        amount_minor,
        currency,
        bad_cells,
        case when is_superseded then 'duplicate_key' when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
