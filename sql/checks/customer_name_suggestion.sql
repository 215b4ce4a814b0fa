-- check: customer_name_suggestion
-- severity: info
-- stops: no
-- about: Customers without an account whose name is an account's; a name alone never links.
with

customers as (

    select customers.customer_key, customers.name, normalise_name(customers.name) as compared_name
    from staging.stg_customers as customers
    inner join attribution.int_customer_account as links on links.customer_key = customers.customer_key
    where links.account_key is null and customers.name is not null

),

accounts as (

    select account_key, name, normalise_name(name) as compared_name
    from staging.stg_accounts

),

cash as (

    select customer_key, sum(collected_reporting_minor) as collected_minor
    from marts.fct_cash
    group by customer_key

),

final as (

    select
        'customers' as entity,
        customers.customer_key as entity_key,
        customers.name || ' has no account; ' || accounts.name || ' (' || accounts.account_key || ') has the same name' as message,
        'if they are the same, name the account on the customer' as fix,
        cast(cash.collected_minor as bigint) as amount_reporting_minor
    from customers
    inner join accounts on accounts.compared_name = customers.compared_name
    left join cash on cash.customer_key = customers.customer_key

)

select * from final
