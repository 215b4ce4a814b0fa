-- check: invoice_without_deal
-- severity: warning
-- stops: no
-- about: Invoices that no deal could be found for; their cash is collected but belongs to no deal.
with

cash as (

    select invoice_key, sum(collected_reporting_minor) as collected_minor
    from marts.fct_cash
    group by invoice_key

),

final as (

    select
        'invoices' as entity,
        links.invoice_key as entity_key,
        'the invoice of ' || coalesce(customers.name, links.customer_key) || ' issued on ' || say_date(links.issued_on)
        || case
            when links.named_deal_key is not null
                then ' names ' || links.named_deal_key || ', which is not created yet'
            when links.account_key is null
                then ' finds no deal, because the customer has no account'
            else ' finds no deal: ' || coalesce(accounts.name, links.account_key) || ' has none won by then or in the '
                || setting.grace_days || ' days after'
        end as message,
        case
            when links.named_deal_key is null and links.account_key is null
                then 'give the customer its account, or the invoice its deal'
            else 'give the invoice its deal, or correct the close date of the account''s deal'
        end as fix,
        cast(cash.collected_minor as bigint) as amount_reporting_minor
    from attribution.int_invoice_deal as links
    cross join config.setting
    left join staging.stg_customers as customers on customers.customer_key = links.customer_key
    left join staging.stg_accounts as accounts on accounts.account_key = links.account_key
    left join cash on cash.invoice_key = links.invoice_key
    where links.link_reason = 'unlinked'
        and (links.issued_on <= setting.as_of or cash.invoice_key is not null)

)

select * from final
