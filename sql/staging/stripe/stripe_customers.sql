-- into: input.customers
-- about: Stripe's customers; one that was deleted stays, as the log knew it or as its invoices name it (R110).
with

listed as (

    select
        source,
        id,
        payload,
        payload ->> '$.name' as name,
        payload ->> '$.email' as email,
        payload ->> '$.metadata.account_id' as account_id,
        payload ->> '$.created' as created_second
    from input.latest
    where kind = 'stripe' and stream = 'customers'

),

named as (

    select
        source,
        customer_id as id,
        max_by(customer_name, created_second) as name,
        max_by(customer_email, created_second) as email
    from input.stripe_invoice
    where customer_id is not null
    group by source, customer_id

),

retrieved as (

    select source, id
    from input.latest
    where kind = 'stripe' and stream = 'deleted_customers' and op = 'upsert'

),

known as (

    select source, id from listed
    union
    select source, id from named
    union
    select source, id from retrieved

),

column_map as (

    select source, columns
    from input.column_map
    where entity = 'customers'

),

value_map as (

    select source, maps
    from input.value_map
    where entity = 'customers'

),

final as (

    select
        known.source,
        known.id as record_id,
        known.id,
        vendor_field(columns, 'name', listed.payload, '$.', coalesce(listed.name, named.name)) as name,
        vendor_field(columns, 'email', listed.payload, '$.', coalesce(listed.email, named.email)) as email,
        vendor_field(columns, 'domain', listed.payload, '$.', null::varchar) as domain,
        mapped(maps, 'account_id', vendor_field(columns, 'account_id', listed.payload, '$.', listed.account_id)) as account_id,
        vendor_field(columns, 'created_at', listed.payload, '$.', vendor_second(listed.created_second)) as created_at
    from known
    left join listed on listed.source = known.source and listed.id = known.id
    left join named on named.source = known.source and named.id = known.id
    left join column_map on column_map.source = known.source
    left join value_map on value_map.source = known.source

)

select * from final
