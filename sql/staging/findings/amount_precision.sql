-- into: staging.finding
-- about: Amounts with more decimals than their currency has (R06).
with

cut_amounts as (

    select 'deals' as entity, record_key as entity_key, currency
    from input.typed_deals
    where problem is null and is_amount_cut
    union all
    select 'registrations' as entity, registration_key as entity_key, currency
    from input.typed_registrations
    where problem is null and is_amount_cut
    union all
    select 'invoices' as entity, invoice_key as entity_key, currency
    from input.typed_invoices
    where problem is null and is_amount_cut
    union all
    select 'payments' as entity, payment_key as entity_key, currency
    from input.typed_payments
    where problem is null and is_amount_cut
    union all
    select 'refunds' as entity, refund_key as entity_key, currency
    from input.typed_refunds
    where problem is null and is_amount_cut
    union all
    select 'payouts' as entity, payout_key as entity_key, currency
    from input.typed_payouts
    where problem is null and is_amount_cut

),

final as (

    select
        'amount_precision' as check_id,
        entity,
        entity_key,
        'an amount has more decimals than ' || currency || ' has; it is rounded half away from zero' as message,
        'give the amount with the decimals of its currency' as fix
    from cut_amounts

)

select * from final
