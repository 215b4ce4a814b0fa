-- check: collected_too_large
-- severity: error
-- stops: no
-- about: Cash whose part before tax is too large to be held as a whole number of minor units.
with

final as (

    select
        'payments' as entity,
        cash_key as entity_key,
        'the tax of invoice ' || invoice_key || ' is so far above its total that the part of this ' || kind || ' before tax cannot be held; it collects nothing' as message,
        'correct the tax or the total of the invoice' as fix,
        cast(null as bigint) as amount_reporting_minor
    from attribution.int_cash
    where is_collected_unknown

)

select * from final
