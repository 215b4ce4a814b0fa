-- model: input.stripe_reversal
-- grain: source, id
-- about: Each row is money that went back: a refund that succeeded or a dispute that was lost, with the invoice payment it belongs to, null for a payment outside invoices (R114).
with

refunds as (

    select
        source,
        id,
        'refund' as kind,
        payload ->> '$.charge' as charge,
        payload ->> '$.payment_intent' as payment_intent,
        payload ->> '$.created' as happened_second,
        try_cast(payload ->> '$.amount' as bigint) as amount,
        upper(payload ->> '$.currency') as currency,
        payload ->> '$.reason' as reason,
        payload
    from input.latest
    where kind = 'stripe' and stream = 'refunds' and op = 'upsert' and (payload ->> '$.status') = 'succeeded'

),

-- the event that closed a dispute dates it for good, once the log has it (R112)
closings as (

    select
        source,
        payload ->> '$.data.object.id' as dispute_id,
        max(try_cast(payload ->> '$.created' as bigint))::varchar as closed_second
    from input.latest
    where
        kind = 'stripe'
        and stream = 'events'
        and (payload ->> '$.type') = 'charge.dispute.closed'
    group by all

),

disputes as (

    select
        latest.source,
        latest.id,
        'dispute' as kind,
        latest.payload ->> '$.charge' as charge,
        latest.payload ->> '$.payment_intent' as payment_intent,
        coalesce(closings.closed_second, latest.payload ->> '$.created') as happened_second,
        try_cast(latest.payload ->> '$.amount' as bigint) as amount,
        upper(latest.payload ->> '$.currency') as currency,
        latest.payload ->> '$.reason' as reason,
        latest.payload
    from input.latest as latest
    left join closings on closings.source = latest.source and closings.dispute_id = latest.id
    where
        latest.kind = 'stripe'
        and latest.stream = 'disputes'
        and latest.op = 'upsert'
        and (latest.payload ->> '$.status') = 'lost'

),

reversals as (

    select * from refunds
    union all by name
    select * from disputes

),

payments as (

    select source, id, payment_intent, charge, amount, paid_second
    from input.stripe_payment

),

matches as (

    select reversals.source, reversals.id, payments.id as payment_id, payments.amount = reversals.amount as is_same_amount, payments.paid_second
    from reversals
    inner join payments
        on payments.source = reversals.source
        and payments.payment_intent = reversals.payment_intent
    union
    select reversals.source, reversals.id, payments.id as payment_id, payments.amount = reversals.amount as is_same_amount, payments.paid_second
    from reversals
    inner join payments
        on payments.source = reversals.source
        and payments.charge = reversals.charge

),

-- an intent that paid several invoices gives back to one of them only: the one of that very amount, else the first paid
ranked as (

    select
        *,
        row_number() over (partition by source, id order by is_same_amount desc, paid_second, payment_id) as place
    from matches

),

final as (

    select
        reversals.source,
        reversals.id,
        reversals.kind,
        ranked.payment_id,
        reversals.happened_second,
        reversals.amount,
        reversals.currency,
        reversals.reason,
        reversals.payload
    from reversals
    left join ranked on ranked.source = reversals.source and ranked.id = reversals.id and ranked.place = 1

)

select * from final
