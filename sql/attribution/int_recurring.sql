-- model: attribution.int_recurring
-- grain: customer_key, month_on
-- ordered: yes
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
        cast(date_trunc('month', starts_on) as date) as first_month_on,
        cast(date_trunc('month', ends_on) as date) as last_month_on
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

    select customer_key, first_month_on as month_on, recurring_minor
    from invoices
    where first_month_on = last_month_on

),

halved as (

    select
        customer_key,
        recurring_minor,
        first_month_on,
        last_month_on,
        days,
        day_diff(starts_on, last_month_on) as first_days
    from invoices
    where add_months(first_month_on, 1) = last_month_on

),

-- most services reach into a second month and no further: of two parts the one with more than half a unit over gets it,
-- at exactly half the one with more days, then the earlier (R26)
firsts as (

    select
        customer_key,
        recurring_minor,
        first_month_on,
        last_month_on,
        days,
        first_days,
        floor_share(recurring_minor, first_days, days) as minor_parts,
        2 * share_remainder(recurring_minor, first_days, days) as minor_left_twice
    from halved

),

rounded as (

    select
        customer_key,
        recurring_minor,
        first_month_on,
        last_month_on,
        sign(recurring_minor)
        * (
            minor_parts
            + case
                when minor_left_twice > days then 1
                when minor_left_twice = days and 2 * first_days >= days then 1
                else 0
            end
        ) as first_minor
    from firsts

),

parts as (

    select
        invoices.invoice_key,
        invoices.customer_key,
        invoices.recurring_minor,
        invoices.days,
        months.month_on,
        day_diff(
            greatest(invoices.starts_on, months.month_on),
            least(invoices.ends_on, add_days(add_months(months.month_on, 1), -1))
        ) + 1 as month_days
    from invoices
    inner join months
        on months.month_on >= invoices.first_month_on
        and months.month_on <= invoices.last_month_on
    where add_months(invoices.first_month_on, 1) < invoices.last_month_on

),

floored as (

    select
        *,
        floor_share(recurring_minor, month_days, days) as minor_parts,
        share_remainder(recurring_minor, month_days, days) as minor_left
    from parts

),

-- remainders add up to the units left over times all days; the largest remainders get those units (R26)
ranked as (

    select
        *,
        row_number() over (partition by invoice_key order by minor_left desc, month_days desc, month_on) as place,
        sum(minor_left) over (partition by invoice_key) as remainders
    from floored

),

spread as (

    select customer_key, month_on, recurring_minor
    from whole

    union all

    select customer_key, first_month_on as month_on, first_minor as recurring_minor
    from rounded

    union all

    select customer_key, last_month_on as month_on, recurring_minor - first_minor as recurring_minor
    from rounded

    union all

    select
        customer_key,
        month_on,
        sign(recurring_minor) * (minor_parts + case when place * days <= remainders then 1 else 0 end) as recurring_minor
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
