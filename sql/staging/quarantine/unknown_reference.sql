-- model: input.unknown_reference
-- about: Each row is one reference of a readable row to a row that does not exist or is in quarantine itself (R02); a required one takes its row along, an optional one is read as null.
with

known_sources as (

    select list(source) as names
    from config.source

),

known_customers as (

    select customer_key
    from input.typed_customers
    where problem is null

),

-- also a payment made after the as-of date is known: a refund of it does not exist yet, but it names something
known_payments as (

    select payments.payment_key
    from input.typed_payments as payments
    semi join input.typed_refunds as refunds on refunds.payment_reference = payments.payment_key
    semi join staging.stg_invoices as invoices on invoices.invoice_key = payments.invoice_reference
    where payments.problem is null

),

listed_partners as (

    select
        source,
        record_id,
        record_key,
        unnest(string_split(same_as, ';')) as written
    from input.typed_partners
    where problem is null and same_as is not null

),

named_partners as (

    select
        listed.source,
        listed.record_id,
        listed.record_key,
        full_key(listed.source, cell(listed.written), known_sources.names) as reference
    from listed_partners as listed
    cross join known_sources

),

listed_accounts as (

    select
        source,
        record_id,
        record_key,
        unnest(string_split(same_as, ';')) as written
    from input.typed_accounts
    where problem is null and same_as is not null

),

named_accounts as (

    select
        listed.source,
        listed.record_id,
        listed.record_key,
        full_key(listed.source, cell(listed.written), known_sources.names) as reference
    from listed_accounts as listed
    cross join known_sources

),

to_partners as (

    select 'partners' as entity, source, record_id, record_key as entity_key, 'parent_id' as column_name, parent_reference as reference, false as is_required
    from input.typed_partners
    where problem is null and parent_reference is not null
    union all
    select 'deals' as entity, source, record_id, record_key as entity_key, 'partner_id' as column_name, partner_reference as reference, false as is_required
    from input.typed_deals
    where problem is null and partner_reference is not null
    union all
    select 'deal_partners' as entity, source, record_id, deal_reference || '|' || partner_reference as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_deal_partners
    where problem is null and partner_reference is not null
    union all
    select 'registrations' as entity, source, record_id, registration_key as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_registrations
    where problem is null and partner_reference is not null
    union all
    select 'leads' as entity, source, record_id, lead_key as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_leads
    where problem is null and partner_reference is not null
    union all
    select 'touches' as entity, source, record_id, touch_key as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_touches
    where problem is null and partner_reference is not null
    union all
    select 'certifications' as entity, source, record_id, certification_key as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_certifications
    where problem is null and partner_reference is not null
    union all
    select 'activities' as entity, source, record_id, activity_key as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_activities
    where problem is null and partner_reference is not null
    union all
    select 'overlaps' as entity, source, record_id, partner_reference || '|' || account_reference as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_overlaps
    where problem is null and partner_reference is not null
    union all
    select 'targets' as entity, source, record_id, metric || '|' || period as entity_key, 'slice_key' as column_name, partner_reference as reference, true as is_required
    from input.typed_targets
    where problem is null and partner_reference is not null
    union all
    select 'payouts' as entity, source, record_id, payout_key as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_payouts
    where problem is null and partner_reference is not null
    union all
    select 'overrides' as entity, source, record_id, deal_reference as entity_key, 'partner_id' as column_name, partner_reference as reference, true as is_required
    from input.typed_overrides
    where problem is null and partner_reference is not null
    union all
    select 'partners' as entity, source, record_id, record_key as entity_key, 'same_as' as column_name, reference, false as is_required
    from named_partners
    where reference is not null

),

to_accounts as (

    select 'accounts' as entity, source, record_id, record_key as entity_key, 'merged_into_id' as column_name, survivor_reference as reference, false as is_required
    from input.typed_accounts
    where problem is null and survivor_reference is not null
    union all
    select 'deals' as entity, source, record_id, record_key as entity_key, 'account_id' as column_name, account_reference as reference, false as is_required
    from input.typed_deals
    where problem is null and account_reference is not null
    union all
    select 'registrations' as entity, source, record_id, registration_key as entity_key, 'account_id' as column_name, account_reference as reference, false as is_required
    from input.typed_registrations
    where problem is null and account_reference is not null
    union all
    select 'leads' as entity, source, record_id, lead_key as entity_key, 'account_id' as column_name, account_reference as reference, false as is_required
    from input.typed_leads
    where problem is null and account_reference is not null
    union all
    select 'touches' as entity, source, record_id, touch_key as entity_key, 'account_id' as column_name, account_reference as reference, false as is_required
    from input.typed_touches
    where problem is null and account_reference is not null
    union all
    select 'overlaps' as entity, source, record_id, partner_reference || '|' || account_reference as entity_key, 'account_id' as column_name, account_reference as reference, true as is_required
    from input.typed_overlaps
    where problem is null and account_reference is not null
    union all
    select 'customers' as entity, source, record_id, customer_key as entity_key, 'account_id' as column_name, account_reference as reference, false as is_required
    from input.typed_customers
    where problem is null and account_reference is not null
    union all
    select 'accounts' as entity, source, record_id, record_key as entity_key, 'same_as' as column_name, reference, false as is_required
    from named_accounts
    where reference is not null

),

to_deals as (

    select 'deals' as entity, source, record_id, record_key as entity_key, 'merged_into_id' as column_name, survivor_reference as reference, false as is_required
    from input.typed_deals
    where problem is null and survivor_reference is not null
    union all
    select 'deal_stages' as entity, source, record_id, deal_reference || '|' || stage as entity_key, 'deal_id' as column_name, deal_reference as reference, true as is_required
    from input.typed_deal_stages
    where problem is null and deal_reference is not null
    union all
    select 'deal_partners' as entity, source, record_id, deal_reference || '|' || partner_reference as entity_key, 'deal_id' as column_name, deal_reference as reference, true as is_required
    from input.typed_deal_partners
    where problem is null and deal_reference is not null
    union all
    select 'registrations' as entity, source, record_id, registration_key as entity_key, 'deal_id' as column_name, deal_reference as reference, false as is_required
    from input.typed_registrations
    where problem is null and deal_reference is not null
    union all
    select 'leads' as entity, source, record_id, lead_key as entity_key, 'deal_id' as column_name, deal_reference as reference, false as is_required
    from input.typed_leads
    where problem is null and deal_reference is not null
    union all
    select 'touches' as entity, source, record_id, touch_key as entity_key, 'deal_id' as column_name, deal_reference as reference, false as is_required
    from input.typed_touches
    where problem is null and deal_reference is not null
    union all
    select 'invoices' as entity, source, record_id, invoice_key as entity_key, 'deal_id' as column_name, deal_reference as reference, false as is_required
    from input.typed_invoices
    where problem is null and deal_reference is not null
    union all
    select 'overrides' as entity, source, record_id, deal_reference as entity_key, 'deal_id' as column_name, deal_reference as reference, true as is_required
    from input.typed_overrides
    where problem is null and deal_reference is not null

),

to_customers as (

    select 'invoices' as entity, source, record_id, invoice_key as entity_key, 'customer_id' as column_name, customer_reference as reference, true as is_required
    from input.typed_invoices
    where problem is null and customer_reference is not null
    union all
    select 'accounts' as entity, source, record_id, record_key as entity_key, 'customer_ids' as column_name, customer_reference as reference, false as is_required
    from input.named_customer

),

to_invoices as (

    select 'payments' as entity, source, record_id, payment_key as entity_key, 'invoice_id' as column_name, invoice_reference as reference, true as is_required
    from input.typed_payments
    where problem is null and invoice_reference is not null

),

to_payments as (

    select 'refunds' as entity, source, record_id, refund_key as entity_key, 'payment_id' as column_name, payment_reference as reference, true as is_required
    from input.typed_refunds
    where problem is null and payment_reference is not null

),

-- one search for each kind of target, whoever names it
final as (

    select refs.*, 'partner' as target
    from to_partners as refs
    anti join staging.partner_record as known on known.record_key = refs.reference
    union all
    select refs.*, 'account' as target
    from to_accounts as refs
    anti join staging.account_record as known on known.record_key = refs.reference
    union all
    select refs.*, 'deal' as target
    from to_deals as refs
    anti join staging.deal_record as known on known.record_key = refs.reference
    union all
    select refs.*, 'customer' as target
    from to_customers as refs
    anti join known_customers as known on known.customer_key = refs.reference
    union all
    select refs.*, 'invoice' as target
    from to_invoices as refs
    anti join staging.stg_invoices as known on known.invoice_key = refs.reference
    union all
    select refs.*, 'payment' as target
    from to_payments as refs
    anti join known_payments as known on known.payment_key = refs.reference

)

select * from final
