-- into: staging.quarantine
-- about: Rows whose required reference names nothing (R02).
with

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
        money.amount_minor,
        money.currency,
        money.amount_on
    from input.unknown_reference as unknown
    left join raw.position as positions
        on positions.source = unknown.source
        and positions.stream = unknown.entity
        and positions.id = unknown.record_id
    left join input.row_money as money
        on money.entity = unknown.entity
        and money.source = unknown.source
        and money.record_id = unknown.record_id
    where unknown.is_required

)

select * from final
