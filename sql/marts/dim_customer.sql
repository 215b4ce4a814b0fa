-- model: marts.dim_customer
-- grain: customer_key
-- about: Each row is one customer of the billing system with the account it belongs to, null where none is known, and what tied them together.
with

final as (

    select links.customer_key, customers.name, links.account_key, links.link_reason
    from attribution.int_customer_account as links
    inner join staging.stg_customers as customers on customers.customer_key = links.customer_key

)

select * from final
