-- model: staging.stg_overlaps
-- grain: partner_key, account_key, kind
-- about: Each row is one account that a partner knows as its customer or prospect, by the first date on which that was identified.
-- checks: unique(grain); not_null(partner_key, account_key, kind, identified_on); one_of(kind: customer, prospect); found(partner_key in staging.stg_partners.partner_key); found(account_key in staging.stg_accounts.account_key)
with

setting as (

    select as_of
    from config.setting

),

final as (

    select
        partners.partner_key,
        accounts.account_key,
        typed.kind,
        min(typed.identified_on) as identified_on
    from input.typed_overlaps as typed
    cross join setting
    inner join staging.partner_record as partners on partners.record_key = typed.partner_reference
    inner join staging.account_record as accounts on accounts.record_key = typed.account_reference
    where typed.problem is null and typed.identified_on <= setting.as_of
    group by partners.partner_key, accounts.account_key, typed.kind

)

select * from final
