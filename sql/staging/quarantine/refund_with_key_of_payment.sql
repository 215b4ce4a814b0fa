-- into: staging.quarantine
-- about: Refunds whose key a payment has already (R58).
with

final as (

    select
        'duplicate_key' as check_id,
        refunds.source,
        'refunds' as entity,
        refunds.refund_key as entity_key,
        positions.file,
        positions.line,
        'id' as column_name,
        refunds.refund_key as value,
        'a payment has the same key' || coalesce(' (' || positions.file || ', line ' || positions.line || ')', '')
            || '; the refund is left out' as message,
        'give the refund an id of its own' as fix
    from input.typed_refunds as refunds
    semi join input.typed_payments as payments
        on payments.payment_key = refunds.refund_key
        and payments.problem is null
    left join raw.position as positions
        on positions.source = refunds.source
        and positions.stream = 'refunds'
        and positions.id = refunds.record_id
    where refunds.problem is null

)

select * from final
