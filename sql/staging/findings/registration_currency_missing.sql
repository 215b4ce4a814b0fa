-- into: staging.finding
-- about: Registrations with an amount and no currency: the reporting currency is taken (R06).
with

final as (

    select
        'currency_missing' as check_id,
        'registrations' as entity,
        registrations.registration_key as entity_key,
        'the amount has no currency; it is read as ' || registrations.currency as message,
        'give the registration a currency' as fix,
        registrations.amount_minor,
        registrations.currency,
        registrations.submitted_on as at
    from staging.stg_registrations as registrations
    semi join input.typed_registrations as typed
        on typed.registration_key = registrations.registration_key
        and typed.is_currency_missing
        and typed.problem is null

)

select * from final
