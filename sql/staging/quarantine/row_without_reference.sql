-- into: staging.quarantine
-- about: Rows whose required reference names nothing (R02).
with

unknown as (

    select *
    from input.unknown_reference
    where is_required

),

left_out as (

    select entity, source, record_id, file, line, amount_minor, currency, amount_on
    from input.row_left_out

),

final as (

    select
        'unknown_reference' as check_id,
        unknown.source,
        unknown.entity,
        unknown.entity_key,
        left_out.file,
        left_out.line,
        unknown.column_name,
        unknown.reference as value,
        unknown.column_name || ' names the ' || unknown.target || ' ' || unknown_words(unknown.source, unknown.reference)
            || coalesce(' (' || left_out.file || ', line ' || left_out.line || ')', '') || '; the row is left out' as message,
        'load the ' || unknown.target || ', or correct the reference (another source''s row is written source:id)' as fix,
        left_out.amount_minor,
        left_out.currency,
        left_out.amount_on
    from unknown
    inner join left_out
        on left_out.entity = unknown.entity
        and left_out.source = unknown.source
        and left_out.record_id = unknown.record_id

)

select * from final
