-- into: staging.finding
-- about: Invoices whose status is none of the five; they are kept and are not paid (R11).
with

final as (

    select
        'unknown_status' as check_id,
        'invoices' as entity,
        invoice_key as entity_key,
        'the status "' || status || '" is none of draft, open, paid, uncollectible, void; the invoice does not count as paid' as message,
        'map the status with `values:` in the config' as fix,
        total_minor as amount_minor,
        currency,
        issued_on as at
    from staging.stg_invoices
    where status not in ('draft', 'open', 'paid', 'uncollectible', 'void')

)

select * from final
