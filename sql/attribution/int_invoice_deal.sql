-- model: attribution.int_invoice_deal
-- grain: invoice_key
-- about: Each row is one invoice with its account, the deal it pays for and why that deal (R23, R61, R96).
-- checks: unique(grain); same_rows(staging.stg_invoices); one_of(link_reason: invoice_deal, latest_won, grace, unlinked, deal_excluded)
with

invoices as (

    select invoice_key, customer_key, issued_on, deal_key, total_minor, coalesce(tax_minor, 0) as tax_minor
    from staging.stg_invoices

),

customers as (

    select customer_key, account_key
    from attribution.int_customer_account

),

named_deals as (

    select deal_key, is_counted
    from staging.stg_deals

),

setting as (

    select grace_days
    from config.setting

),

won_deals as (

    select
        deal_key,
        account_key,
        closed_on,
        created_at,
        row_number() over (partition by account_key, closed_on order by created_at desc, deal_key) as latest_place,
        row_number() over (partition by account_key order by closed_on, created_at, deal_key) as earliest_place
    from attribution.int_deal
    where state = 'won' and closed_on is not null and account_key is not null

),

-- the latest won deal of an account changes only on the days a deal closes, so each holds from its close to the next
spans as (

    select
        deal_key,
        account_key,
        closed_on as starts_on,
        lead(closed_on, 1, date '9999-12-31') over (partition by account_key order by closed_on) as ends_before
    from won_deals
    where latest_place = 1

),

earliest as (

    select deal_key, account_key, closed_on
    from won_deals
    where earliest_place = 1

),

linked as (

    select
        invoices.invoice_key,
        invoices.customer_key,
        customers.account_key,
        invoices.issued_on,
        invoices.deal_key as named_deal_key,
        invoices.total_minor,
        invoices.tax_minor,
        named_deals.is_counted as is_named_counted,
        spans.deal_key as latest_deal_key,
        case when earliest.closed_on <= add_days(invoices.issued_on, setting.grace_days) then earliest.deal_key end as grace_deal_key
    from invoices
    cross join setting
    left join customers on customers.customer_key = invoices.customer_key
    left join named_deals on named_deals.deal_key = invoices.deal_key
    left join spans
        on spans.account_key = customers.account_key
        and spans.starts_on <= invoices.issued_on
        and spans.ends_before > invoices.issued_on
    left join earliest on earliest.account_key = customers.account_key

),

final as (

    select
        invoice_key,
        customer_key,
        account_key,
        case
            when named_deal_key is not null then case when is_named_counted then named_deal_key end
            else coalesce(latest_deal_key, grace_deal_key)
        end as deal_key,
        case
            when is_named_counted then 'invoice_deal'
            when named_deal_key is not null and not is_named_counted then 'deal_excluded'
            when named_deal_key is not null then 'unlinked'
            when latest_deal_key is not null then 'latest_won'
            when grace_deal_key is not null then 'grace'
            else 'unlinked'
        end as link_reason,
        named_deal_key,
        issued_on,
        total_minor,
        tax_minor
    from linked

)

select * from final
