-- into: staging.quarantine
-- about: Rows whose required reference names nothing (R02).
with

unknown as (

    select *
    from input.unknown_reference
    where is_required

),

-- the few rows that are left out are looked for among all places and amounts, not all of these kept ready for them
positions as (

    select positions.source, positions.stream, positions.id, positions.file, positions.line
    from raw.position as positions
    semi join unknown
        on unknown.source = positions.source
        and unknown.entity = positions.stream
        and unknown.record_id = positions.id

),

amounts as (

    select money.*
    from input.row_money as money
    semi join unknown
        on unknown.entity = money.entity
        and unknown.source = money.source
        and unknown.record_id = money.record_id

),

final as (

    select
        'unknown_reference' as check_id,
        unknown.source,
        unknown.entity,
        unknown.entity_key,
        positions.file,
        positions.line,
        unknown.column_name,
        unknown.reference as value,
        unknown.column_name || ' names the ' || unknown.target || ' ' || unknown_words(unknown.source, unknown.reference)
            || coalesce(' (' || positions.file || ', line ' || positions.line || ')', '') || '; the row is left out' as message,
        'load the ' || unknown.target || ', or correct the reference (another source''s row is written source:id)' as fix,
        amounts.amount_minor,
        amounts.currency,
        amounts.amount_on
    from unknown
    left join positions
        on positions.source = unknown.source
        and positions.stream = unknown.entity
        and positions.id = unknown.record_id
    left join amounts
        on amounts.entity = unknown.entity
        and amounts.source = unknown.source
        and amounts.record_id = unknown.record_id

)

select * from final
