-- model: input.problem
-- about: Each row is one row of a source that may not go on: one with cells that cannot be read, or one whose key a later line has again (R03, R07).
with

final as (

    select
        'partners' as entity,
        source,
        record_id,
        coalesce(record_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_partners
    where problem is not null
    union all
    select
        'accounts' as entity,
        source,
        record_id,
        coalesce(record_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_accounts
    where problem is not null
    union all
    select
        'pipeline_stages' as entity,
        source,
        record_id,
        coalesce(source || ':' || coalesce(pipeline, '') || '|' || coalesce(stage, ''), source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_pipeline_stages
    where problem is not null
    union all
    select
        'deals' as entity,
        source,
        record_id,
        coalesce(record_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_deals
    where problem is not null
    union all
    select
        'deal_stages' as entity,
        source,
        record_id,
        coalesce(coalesce(deal_reference, '') || '|' || coalesce(stage, ''), source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_deal_stages
    where problem is not null
    union all
    select
        'deal_partners' as entity,
        source,
        record_id,
        coalesce(coalesce(deal_reference, '') || '|' || coalesce(partner_reference, ''), source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_deal_partners
    where problem is not null
    union all
    select
        'registrations' as entity,
        source,
        record_id,
        coalesce(registration_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_registrations
    where problem is not null
    union all
    select
        'leads' as entity,
        source,
        record_id,
        coalesce(lead_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_leads
    where problem is not null
    union all
    select
        'touches' as entity,
        source,
        record_id,
        coalesce(touch_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_touches
    where problem is not null
    union all
    select
        'certifications' as entity,
        source,
        record_id,
        coalesce(certification_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_certifications
    where problem is not null
    union all
    select
        'activities' as entity,
        source,
        record_id,
        coalesce(activity_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_activities
    where problem is not null
    union all
    select
        'overlaps' as entity,
        source,
        record_id,
        coalesce(coalesce(partner_reference, '') || '|' || coalesce(account_reference, ''), source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_overlaps
    where problem is not null
    union all
    select
        'customers' as entity,
        source,
        record_id,
        coalesce(customer_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_customers
    where problem is not null
    union all
    select
        'invoices' as entity,
        source,
        record_id,
        coalesce(invoice_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_invoices
    where problem is not null
    union all
    select
        'payments' as entity,
        source,
        record_id,
        coalesce(payment_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_payments
    where problem is not null
    union all
    select
        'refunds' as entity,
        source,
        record_id,
        coalesce(refund_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_refunds
    where problem is not null
    union all
    select
        'fx_rates' as entity,
        source,
        record_id,
        coalesce(coalesce(rate_on::varchar, '') || '|' || coalesce(from_currency, '') || '|' || coalesce(to_currency, ''), source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_fx_rates
    where problem is not null
    union all
    select
        'targets' as entity,
        source,
        record_id,
        coalesce(concat_ws('|', slice, slice_key, metric, period), source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_targets
    where problem is not null
    union all
    select
        'payouts' as entity,
        source,
        record_id,
        coalesce(payout_key, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_payouts
    where problem is not null
    union all
    select
        'overrides' as entity,
        source,
        record_id,
        coalesce(deal_reference, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_overrides
    where problem is not null
    union all
    select
        'annotations' as entity,
        source,
        record_id,
        coalesce(annotation_on::varchar, source || ':' || record_id) as entity_key,
        problem,
        bad_cells
    from input.typed_annotations
    where problem is not null

)

select * from final
