-- into: staging.finding
-- about: How much went back of payments that belong to no invoice, once a source (R114).
with

reversals as (

    select source, currency, count(*) as reversals, sum(amount) as amount
    from input.stripe_reversal
    where payment_id is null
    group by source, currency

),

currencies as (

    select currency, exponent
    from input.stripe_currency

),

sums as (

    select
        reversals.source,
        reversals.reversals,
        vendor_major(reversals.amount, currencies.exponent) || ' ' || reversals.currency as money
    from reversals
    left join currencies on currencies.currency = reversals.currency

),

final as (

    select
        'refund_outside_invoices' as check_id,
        'source' as entity,
        source as entity_key,
        case when sum(reversals) = 1 then '1 refund or lost dispute of a payment' else sum(reversals) || ' refunds and lost disputes of payments' end
        || ' outside invoices (' || string_agg(money, ', ' order by money) || ')'
        || case when sum(reversals) = 1 then ' is in no number' else ' are in no number' end as message,
        'nothing needs doing; bill through invoices what should count as cash' as fix
    from sums
    group by source

)

select * from final
