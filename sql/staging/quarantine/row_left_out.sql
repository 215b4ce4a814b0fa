-- model: input.row_left_out
-- grain: entity, source, record_id
-- about: Each row is one row of a source that is left out, with where it stands and its money.
with

left_out as (

    select entity, source, record_id
    from input.problem
    union
    select entity, source, record_id
    from input.unknown_reference
    where is_required

),

-- the few rows that are left out are looked for among all places and amounts, not all of these kept ready for them
positions as (

    select positions.source, positions.stream, positions.id, positions.file, positions.line
    from raw.position as positions
    semi join left_out
        on left_out.source = positions.source
        and left_out.entity = positions.stream
        and left_out.record_id = positions.id

),

amounts as (

    select money.*
    from input.row_money as money
    semi join left_out
        on left_out.entity = money.entity
        and left_out.source = money.source
        and left_out.record_id = money.record_id

),

final as (

    select
        left_out.entity,
        left_out.source,
        left_out.record_id,
        positions.file,
        positions.line,
        amounts.amount_minor,
        amounts.currency,
        amounts.amount_on
    from left_out
    left join positions
        on positions.source = left_out.source
        and positions.stream = left_out.entity
        and positions.id = left_out.record_id
    left join amounts
        on amounts.entity = left_out.entity
        and amounts.source = left_out.source
        and amounts.record_id = left_out.record_id

)

select * from final
