-- model: marts.fct_recurring
-- grain: customer_key, month_on
-- about: Each row is one customer's recurring revenue in one month, with the class and source of its account's first won deal.
-- as: view
with

final as (

    select customer_key, account_key, deal_key, class, source_partner_key, month_on, mrr_minor
    from attribution.int_recurring

)

select * from final
