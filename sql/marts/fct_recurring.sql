-- model: marts.fct_recurring
-- grain: customer_key, month_on
-- about: Each row is one customer's recurring revenue in one month, with the class and source of its account's first won deal (R69, R70).
-- checks: unique(grain); not_null(customer_key, month_on, mrr_minor)
with recursive

invoices as (

    select
        invoice_key,
        customer_key,
        recurring_minor,
        starts_on,
        ends_on,
        days,
        date_trunc('month', starts_on) as first_month_on,
        date_trunc('month', ends_on) as last_month_on
    from attribution.int_recurring_invoice

),

bounds as (

    select min(first_month_on) as first_on, max(last_month_on) as last_on
    from invoices

),

months as (

    select first_on as month_on
    from bounds
    where first_on is not null

    union all

    select add_months(months.month_on, 1) as month_on
    from months
    inner join bounds on bounds.last_on > months.month_on

),

whole as (

    select customer_key, cast(first_month_on as date) as month_on, recurring_minor
    from invoices
    where first_month_on = last_month_on

),

floored as (

    select
        invoices.invoice_key,
        invoices.customer_key,
        cast(months.month_on as date) as month_on,
        invoices.recurring_minor,
        day_diff(greatest(invoices.starts_on, months.month_on), least(invoices.ends_on, add_days(add_months(months.month_on, 1), -1))) + 1 as month_days,
        invoices.days
    from invoices
    inner join months
        on months.month_on >= invoices.first_month_on
        and months.month_on <= invoices.last_month_on
    where invoices.first_month_on < invoices.last_month_on

),

shared as (

    select
        *,
        floor_share(recurring_minor, month_days, days) as floor_minor,
        share_remainder(recurring_minor, month_days, days) as remainder
    from floored

),

ranked as (

    select
        *,
        row_number() over (partition by invoice_key order by remainder desc, month_days desc, month_on) as place,
        abs(recurring_minor) - sum(floor_minor) over (partition by invoice_key) as units_left
    from shared

),

spread as (

    select customer_key, month_on, recurring_minor
    from whole

    union all

    select
        customer_key,
        month_on,
        sign(recurring_minor) * (floor_minor + case when place <= units_left then 1 else 0 end) as recurring_minor
    from ranked

),

monthly as (

    select customer_key, month_on, cast(sum(recurring_minor) as bigint) as mrr_minor
    from spread
    group by customer_key, month_on

),

won_deals as (

    select
        deal_key,
        account_key,
        class,
        source_partner_key,
        row_number() over (partition by account_key order by closed_on, created_at, deal_key) as place
    from marts.fct_deal
    where state = 'won' and closed_on is not null and account_key is not null

),

first_deals as (

    select deal_key, account_key, class, source_partner_key
    from won_deals
    where place = 1

),

final as (

    select
        monthly.customer_key,
        links.account_key,
        first_deals.deal_key,
        first_deals.class,
        first_deals.source_partner_key,
        monthly.month_on,
        monthly.mrr_minor
    from monthly
    inner join attribution.int_customer_account as links on links.customer_key = monthly.customer_key
    left join first_deals on first_deals.account_key = links.account_key

)

select * from final
