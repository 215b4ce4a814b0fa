-- check: recurring_conservation
-- severity: error
-- stops: yes
-- about: Spreading recurring amounts over months loses and adds nothing, customer by customer.
with

invoiced as (

    select customer_key, sum(recurring_minor) as recurring_minor
    from attribution.int_recurring_invoice
    group by customer_key

),

spread as (

    select customer_key, sum(mrr_minor) as recurring_minor
    from marts.fct_recurring
    group by customer_key

),

final as (

    select
        'customers' as entity,
        coalesce(invoiced.customer_key, spread.customer_key) as entity_key,
        'months add up to ' || coalesce(spread.recurring_minor, 0) || ' minor units, invoices to ' || coalesce(invoiced.recurring_minor, 0) as message,
        'this is a defect of the models: report it' as fix,
        cast(null as bigint) as amount_reporting_minor
    from invoiced
    full outer join spread on spread.customer_key = invoiced.customer_key
    where invoiced.recurring_minor is distinct from spread.recurring_minor

)

select * from final
