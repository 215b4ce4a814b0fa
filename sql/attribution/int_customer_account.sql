-- model: attribution.int_customer_account
-- grain: customer_key
-- about: Each row is one customer with the account it belongs to and what tied them together (R59, R60); a name alone never does.
-- checks: unique(grain); same_rows(staging.stg_customers); one_of(link_reason: customer_account, account_customer, domain, unlinked)
with

customers as (

    select customer_key, email, domain, account_key
    from staging.stg_customers

),

-- a customer that two accounts list belongs to neither by this rule (R60)
listed as (

    select customer_key, min(account_key) as account_key
    from staging.account_customer
    group by customer_key
    having count(distinct account_key) = 1

),

-- a domain that two accounts share, or that a mail provider lends out, says nothing
owned_domains as (

    select account_domain.domain, min(account_domain.account_key) as account_key
    from staging.account_domain
    left join config.free_mail_domain on free_mail_domain.domain = account_domain.domain
    where free_mail_domain.domain is null
    group by account_domain.domain
    having count(distinct account_domain.account_key) = 1

),

addressed as (

    select
        customer_key,
        account_key,
        coalesce(normalise_domain(domain), email_domain(email)) as domain
    from customers

),

final as (

    select
        addressed.customer_key,
        coalesce(addressed.account_key, listed.account_key, owned_domains.account_key) as account_key,
        case
            when addressed.account_key is not null then 'customer_account'
            when listed.account_key is not null then 'account_customer'
            when owned_domains.account_key is not null then 'domain'
            else 'unlinked'
        end as link_reason,
        addressed.domain
    from addressed
    left join listed on listed.customer_key = addressed.customer_key
    left join owned_domains on owned_domains.domain = addressed.domain

)

select * from final
