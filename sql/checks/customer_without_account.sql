-- check: customer_without_account
-- severity: warning
-- stops: no
-- about: Paying customers that neither an id nor a domain ties to an account.
with

cash as (

    select customer_key, sum(collected_reporting_minor) as collected_minor
    from marts.fct_cash
    group by customer_key

),

owners as (

    select domain, count(distinct account_key) as accounts
    from staging.account_domain
    group by domain

),

final as (

    select
        'customers' as entity,
        links.customer_key as entity_key,
        coalesce(customers.name, links.customer_key)
        || case
            when links.domain is null then ' has no account and no domain to find one by'
            when free_mail.domain is not null then ' has no account, and ' || links.domain || ' is a mail provider''s domain, which says nothing of a company'
            when owners.accounts is null then ' has no account, and no account has the domain ' || links.domain
            else ' has no account, and ' || owners.accounts || ' accounts share the domain ' || links.domain
        end as message,
        'name the account on the customer, or the customer on the account' as fix,
        cast(cash.collected_minor as bigint) as amount_reporting_minor
    from attribution.int_customer_account as links
    left join staging.stg_customers as customers on customers.customer_key = links.customer_key
    left join owners on owners.domain = links.domain
    left join config.free_mail_domain as free_mail on free_mail.domain = links.domain
    left join cash on cash.customer_key = links.customer_key
    where links.account_key is null

)

select * from final
