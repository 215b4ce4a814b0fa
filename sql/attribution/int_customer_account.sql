-- model: attribution.int_customer_account
-- grain: customer_key
-- about: Each row is one customer with the account it belongs to and what tied them together (R59, R60); a name alone never does.
-- checks: unique(grain); same_rows(staging.stg_customers); one_of(link_reason: customer_account, account_customer, domain, unlinked)
with

customers as (

    select customer_key, domain, account_key
    from staging.stg_customers

),

-- a customer that two accounts list belongs to neither by this rule (R60)
listed as (

    select customer_key, min(account_key) as account_key
    from staging.account_customer
    group by customer_key
    having count(distinct account_key) = 1

),

-- a domain that two accounts share says nothing; those of mail providers are not here at all
owned_domains as (

    select domain, min(account_key) as account_key
    from staging.account_domain
    group by domain
    having count(distinct account_key) = 1

),

final as (

    select
        customers.customer_key,
        coalesce(customers.account_key, listed.account_key, owned_domains.account_key) as account_key,
        case
            when customers.account_key is not null then 'customer_account'
            when listed.account_key is not null then 'account_customer'
            when owned_domains.account_key is not null then 'domain'
            else 'unlinked'
        end as link_reason,
        customers.domain
    from customers
    left join listed on listed.customer_key = customers.customer_key
    left join owned_domains on owned_domains.domain = customers.domain

)

select * from final
