-- model: staging.account_customer
-- grain: account_key, customer_key
-- about: Each row is one customer that an account names in `customer_ids`, those of merged and joined records with it.
-- checks: unique(grain); found(customer_key in staging.stg_customers.customer_key)
with

final as (

    select distinct
        account_record.account_key,
        customers.customer_key
    from input.named_customer as named
    inner join staging.account_record as account_record on account_record.record_key = named.record_key
    inner join input.typed_customers as customers
        on customers.customer_key = named.customer_reference
        and customers.problem is null

)

select * from final
