-- into: input.refunds
-- about: Refunds that succeeded and disputes that were lost, of payments of invoices.
with

reversals as (

    select *
    from input.stripe_reversal
    where payment_id is not null

),

currencies as (

    select currency, exponent
    from input.stripe_currency

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'refunds'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'refunds'

),

final as (

    select
        reversals.source,
        reversals.id as record_id,
        reversals.id,
        reversals.payment_id,
        vendor_second(reversals.happened_second) as refunded_at,
        vendor_major(reversals.amount, currencies.exponent) as amount,
        reversals.currency,
        reversals.kind,
        mapped(maps, 'reason', vendor_field(columns, 'reason', reversals.payload, '$.', reversals.reason)) as reason
    from reversals
    left join currencies on currencies.currency = reversals.currency
    left join column_map on column_map.source = reversals.source
    left join value_map on value_map.source = reversals.source

)

select * from final
