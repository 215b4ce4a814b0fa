-- model: input.row_money
-- about: Each row is the money of one row of a source, with the day whose rate converts it; for the few rows that are left out.
-- as: view
-- A view looks for its tables in its own catalog first, so the catalog of the settings is named.
with

setting as (

    select timezone, as_of
    from warehouse.config.setting

),

final as (

    select 'deals' as entity, source, record_id, amount_minor, currency, coalesce(closed_on, as_of) as amount_on
    from input.typed_deals
    cross join setting
    where amount_minor is not null
    union all
    select 'registrations' as entity, source, record_id, amount_minor, currency, local_date(submitted_at, timezone) as amount_on
    from input.typed_registrations
    cross join setting
    where amount_minor is not null
    union all
    select 'invoices' as entity, source, record_id, total_minor as amount_minor, currency, local_date(issued_at, timezone) as amount_on
    from input.typed_invoices
    cross join setting
    where total_minor is not null
    union all
    select 'payments' as entity, source, record_id, amount_minor, currency, local_date(paid_at, timezone) as amount_on
    from input.typed_payments
    cross join setting
    where amount_minor is not null
    union all
    select 'refunds' as entity, source, record_id, amount_minor, currency, local_date(refunded_at, timezone) as amount_on
    from input.typed_refunds
    cross join setting
    where amount_minor is not null
    union all
    select 'payouts' as entity, source, record_id, amount_minor, currency, local_date(paid_at, timezone) as amount_on
    from input.typed_payouts
    cross join setting
    where amount_minor is not null

)

select * from final
