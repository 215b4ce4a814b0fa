-- model: attribution.int_restated_deal
-- grain: deal_key
-- about: Each row is one counted deal that is judged a second time, by the evidence that was not asked for: deals whose evidence stands otherwise at the close than now, and the other deals of their accounts, whose conflicts they may settle (R44).
-- checks: unique(grain); not_null(evidence, evidence_on); one_of(evidence: close, current)
with

setting as (

    select as_of, case when evidence = 'close' then 'current' else 'close' end as evidence
    from config.setting

),

deals as (

    select deal_key, account_key, late_after_on
    from attribution.int_deal

),

hit as (

    select distinct deal_key
    from attribution.int_restated_evidence

),

hit_accounts as (

    select distinct deals.account_key
    from hit
    inner join deals on deals.deal_key = hit.deal_key
    where deals.account_key is not null

),

chosen as (

    select deals.deal_key, deals.late_after_on
    from deals
    inner join hit_accounts on hit_accounts.account_key = deals.account_key
    union
    select deals.deal_key, deals.late_after_on
    from deals
    inner join hit on hit.deal_key = deals.deal_key

),

final as (

    select
        chosen.deal_key,
        setting.evidence,
        case when setting.evidence = 'close' then coalesce(chosen.late_after_on, setting.as_of) else setting.as_of end as evidence_on
    from chosen
    cross join setting

)

select * from final
