-- model: input.named_customer
-- about: Each row is one customer key that an account's record names in `customer_ids`, known or not.
with

known_sources as (

    select list(source) as names
    from config.source

),

listed as (

    select
        source,
        record_id,
        record_key,
        unnest(string_split(customer_ids, ';')) as written
    from input.typed_accounts
    where problem is null and customer_ids is not null

),

named as (

    select
        source,
        record_id,
        record_key,
        cell(written) as customer_id
    from listed

),

final as (

    select
        named.source,
        named.record_id,
        named.record_key,
        full_key(named.source, named.customer_id, known_sources.names) as customer_reference
    from named
    cross join known_sources
    where named.customer_id is not null

)

select * from final
