-- model: staging.stg_customers
-- grain: customer_key
-- about: Each row is one paying customer of a billing system; its domain is its own, else its e-mail's (R59).
-- checks: unique(grain); not_null(customer_key); found(account_key in staging.stg_accounts.account_key)
with

final as (

    select
        customers.customer_key,
        customers.name,
        customers.email,
        coalesce(customers.domain, email_domain(customers.email)) as domain,
        accounts.account_key,
        customers.created_at
    from input.typed_customers as customers
    left join staging.account_record as accounts on accounts.record_key = customers.account_reference
    where customers.problem is null

)

select * from final
