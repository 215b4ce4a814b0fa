-- into: staging.quarantine
-- about: Rows with a cell that cannot be read, one row per cell, and rows whose key a later line has again (R03, R07).
with

problems as (

    select *
    from input.problem

),

left_out as (

    select entity, source, record_id, file, line, amount_minor, currency, amount_on
    from input.row_left_out

),

cells as (

    select
        entity,
        source,
        record_id,
        entity_key,
        problem,
        unnest(
            case when problem = 'bad_cell' then string_split(bad_cells, chr(31)) else [null] end
        ) as written
    from problems

),

split_cells as (

    select
        entity,
        source,
        record_id,
        entity_key,
        problem,
        split_part(written, '=', 1) as column_name,
        -- a cell that is not written as its format says has a mark in front
        nullif(ltrim(substr(written, position('=' in written) + 1), chr(26)), '') as value
    from cells

),

reasons as (

    select * from (values
        ('status', 'partners', 'is not one of active, inactive, prospect, ended'),
        ('status', 'registrations', 'is not one of submitted, approved, rejected, withdrawn'),
        ('state', null, 'is not one of open, won, lost'),
        ('order_type', null, 'is not one of new, expansion, renewal'),
        ('partner_role', null, 'is not one of sourced, influenced'),
        ('excluded_as', null, 'is not one of duplicate, unqualified, self_serve'),
        ('kind', 'overlaps', 'is not one of customer, prospect'),
        ('kind', 'refunds', 'is not one of refund, dispute'),
        ('slice', null, 'is not one of program, partner, type, tier, region, manager'),
        ('slice_key', null, 'is not a key of its slice (all, or empty, for the program)'),
        ('decision', null, 'is not one of sourced, influenced, none'),
        ('period', null, 'is not a period such as 2026-07, 2026-Q3 or 2026'),
        ('probability', null, 'is not a number from 0 to 1'),
        ('share', null, 'is not a number from 0 to 100'),
        ('rate', null, 'is not a number above 0'),
        ('position', null, 'is not a whole number'),
        ('amount', null, 'is not an amount: digits and a decimal point, in major units'),
        ('total', null, 'is not an amount: digits and a decimal point, in major units'),
        ('tax', null, 'is not an amount: digits and a decimal point, in major units'),
        ('recurring_amount', null, 'is not an amount: digits and a decimal point, in major units'),
        ('currency', null, 'is not a currency of ISO 4217'),
        ('from_currency', null, 'is not a currency of ISO 4217'),
        ('to_currency', null, 'is not a currency of ISO 4217')
    ) as reasons (column_name, entity, reason)

),

-- where the config says how a column is written, that is what was expected
formats as (

    select
        source,
        entity,
        column_name,
        'is not ' || case when kind in ('date', 'moment') then 'written ' else 'a number written like ' end || expected as reason
    from config.cell_format

),

explained as (

    select
        split_cells.*,
        row_number() over (
            partition by split_cells.entity, split_cells.source, split_cells.record_id
            order by split_cells.column_name
        ) as place,
        left_out.file,
        left_out.line,
        case
            when split_cells.problem = 'duplicate_key' then 'the key stands again in a later line, which counts'
            when split_cells.value is null then split_cells.column_name || ' is empty and must not be'
            else split_cells.column_name || ' is "' || split_cells.value || '", which ' || coalesce(
                formats.reason,
                own_reasons.reason,
                shared_reasons.reason,
                case
                    when regexp_full_match(split_cells.value, '(0[0-9]|1[0-8])[0-9]{2}-[0-9]{2}-[0-9]{2}.*') then 'is before 1900'
                    when ends_with(split_cells.column_name, '_at') then 'is not a time such as 2026-03-01T09:30:00Z'
                    when split_cells.column_name = 'on' or ends_with(split_cells.column_name, '_on')
                        then 'is not a date such as 2026-03-01'
                    when starts_with(split_cells.column_name, 'is_') then 'is neither true nor false'
                    else 'cannot be read'
                end
            )
        end as reason
    from split_cells
    left join reasons as own_reasons
        on own_reasons.column_name = split_cells.column_name
        and own_reasons.entity = split_cells.entity
    left join reasons as shared_reasons
        on shared_reasons.column_name = split_cells.column_name
        and shared_reasons.entity is null
    left join formats
        on formats.source = split_cells.source
        and formats.entity = split_cells.entity
        and formats.column_name = split_cells.column_name
    inner join left_out
        on left_out.entity = split_cells.entity
        and left_out.source = split_cells.source
        and left_out.record_id = split_cells.record_id

),

final as (

    select
        explained.problem as check_id,
        explained.source,
        explained.entity,
        explained.entity_key,
        explained.file,
        explained.line,
        explained.column_name,
        explained.value,
        explained.reason
            || coalesce(' (' || explained.file || ', line ' || explained.line || ')', '')
            || '; the row is left out' as message,
        case
            when explained.problem = 'duplicate_key' then 'take one of the lines out of the file'
            else 'correct the cell in the source, or map its value with `values:` in the config'
        end as fix,
        money.amount_minor,
        money.currency,
        money.amount_on
    from explained
    -- the money of a row stands beside the first of its cells
    left join left_out as money
        on money.entity = explained.entity
        and money.source = explained.source
        and money.record_id = case when explained.problem = 'bad_cell' and explained.place = 1 then explained.record_id end

)

select * from final
