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
        'the deal is excluded as ' || deals.excluded_as || '; no figure has it' as message,
        'clear excluded_as if the deal should count' as fix,
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
        'the invoice names ' || deals.deal_key || ', which is excluded as ' || deals.excluded_as
            || '; its cash stays unlinked' as message,
        'name another deal, or clear excluded_as of this one' as fix,
        invoices.total_minor as amount_minor,
        invoices.currency,
        invoices.issued_on as at
    from staging.stg_invoices as invoices
    cross join setting
    inner join staging.stg_deals as deals on deals.deal_key = invoices.deal_key
    where not deals.is_counted and invoices.issued_on <= setting.as_of

)

select * from final
