-- into: staging.finding
-- about: Deals that are left out of every count and amount, and invoices that name one (R23).
with

setting as (

    select as_of
    from config.setting

),

final as (

    select
        'deal_excluded' as check_id,
        'deals' as entity,
        deals.deal_key as entity_key,
        'the deal is marked as ' || replace(deals.excluded_as, '_', '-') || ', so no figure counts it' as message,
        'if it should count, clear the mark at its source: its column excluded_as' as fix,
        deals.amount_minor,
        deals.currency,
        coalesce(deals.closed_on, setting.as_of) as at
    from staging.stg_deals as deals
    cross join setting
    where not deals.is_counted
    union all
    select
        'deal_excluded' as check_id,
        'invoices' as entity,
        invoices.invoice_key as entity_key,
        'the invoice names ' || deals.deal_key || ', which is marked as ' || replace(deals.excluded_as, '_', '-')
            || ' and left out; its cash stays unlinked' as message,
        'name another deal, or clear the mark of this one at its source: its column excluded_as' as fix,
        invoices.total_minor as amount_minor,
        invoices.currency,
        invoices.issued_on as at
    from staging.stg_invoices as invoices
    cross join setting
    inner join staging.stg_deals as deals on deals.deal_key = invoices.deal_key
    where not deals.is_counted and invoices.issued_on <= setting.as_of

)

select * from final
