-- model: marts.fct_restatement
-- grain: deal_key, partner_key
-- about: Each row is one partner of one counted deal that is something else to it by the evidence at the close than by that of now, with the class of the deal, the credit of its source and the evidence that makes the difference: the restatement ledger.
-- checks: unique(grain); not_null(deal_key, partner_key, role_at_close, role_now, class_at_close, class_now, reason, detail); found(deal_key in marts.fct_deal.deal_key); found(partner_key in marts.dim_partner.partner_key)
-- checks: one_of(role_at_close: source, influence, none); one_of(role_now: source, influence, none); one_of(reason: removed, decided_late, incumbent)
with

setting as (

    select evidence, fiscal_year_start
    from config.setting

),

restated as (

    select deal_key
    from attribution.int_restated_deal

),

deals as (

    select deals.deal_key, deals.name, deals.state, deals.closed_on, deals.amount_reporting_minor
    from marts.fct_deal as deals
    inner join restated on restated.deal_key = deals.deal_key

),

asked as (

    select partners.deal_key, partners.partner_key, partners.is_source
    from attribution.int_deal_partner as partners
    inner join restated on restated.deal_key = partners.deal_key

),

other as (

    select deal_key, partner_key, is_source
    from attribution.int_restated_partner

),

paired as (

    select
        coalesce(asked.deal_key, other.deal_key) as deal_key,
        coalesce(asked.partner_key, other.partner_key) as partner_key,
        case when setting.evidence = 'close' then asked.is_source else other.is_source end as is_source_at_close,
        case when setting.evidence = 'close' then other.is_source else asked.is_source end as is_source_now
    from asked
    full join other
        on other.deal_key = asked.deal_key
        and other.partner_key = asked.partner_key
    cross join setting

),

classed as (

    select
        deal_key,
        case when bool_or(coalesce(is_source_at_close, false)) then 'sourced' when bool_or(is_source_at_close is not null) then 'influenced' else 'direct' end as class_at_close,
        case when bool_or(coalesce(is_source_now, false)) then 'sourced' when bool_or(is_source_now is not null) then 'influenced' else 'direct' end as class_now,
        max(case when is_source_at_close then partner_key end) as source_at_close,
        max(case when is_source_now then partner_key end) as source_now
    from paired
    group by deal_key

),

-- the partner's own evidence first, then that of another partner of the deal, the latest change first
ranked as (

    select
        paired.deal_key,
        paired.partner_key,
        evidence.touch_table,
        evidence.touch_key,
        evidence.partner_key as evidence_partner_key,
        evidence.kind,
        evidence.change,
        evidence.changed_on,
        row_number() over (
            partition by paired.deal_key, paired.partner_key
            order by
                case when evidence.partner_key = paired.partner_key then 0 else 1 end,
                evidence.changed_on desc,
                evidence.touch_table,
                evidence.touch_key
        ) as place
    from paired
    inner join attribution.int_restated_evidence as evidence on evidence.deal_key = paired.deal_key
    where paired.is_source_at_close is distinct from paired.is_source_now

),

final as (

    select
        paired.deal_key,
        paired.partner_key,
        deals.closed_on,
        fiscal_quarter(deals.closed_on, setting.fiscal_year_start) as quarter,
        classed.class_at_close,
        classed.class_now,
        classed.source_at_close,
        classed.source_now,
        case when paired.is_source_at_close then 'source' when not paired.is_source_at_close then 'influence' else 'none' end as role_at_close,
        case when paired.is_source_now then 'source' when not paired.is_source_now then 'influence' else 'none' end as role_now,
        case when deals.state = 'won' then case when paired.is_source_at_close then deals.amount_reporting_minor else 0 end end as credit_at_close_minor,
        case when deals.state = 'won' then case when paired.is_source_now then deals.amount_reporting_minor else 0 end end as credit_now_minor,
        case
            when deals.state = 'won'
                then (case when paired.is_source_now then deals.amount_reporting_minor else 0 end)
                    - (case when paired.is_source_at_close then deals.amount_reporting_minor else 0 end)
        end as difference_minor,
        coalesce(ranked.change, 'incumbent') as reason,
        ranked.touch_table as evidence_table,
        ranked.touch_key as evidence_key,
        ranked.changed_on as evidence_on,
        case
            when ranked.touch_key is null
                then 'another deal of the account has another source by the evidence of now, and settles who brought this one'
            else case ranked.touch_table
                when 'deal_partners' then 'the ' || ranked.kind || ' role'
                when 'leads' then 'the lead ' || ranked.touch_key
                when 'registrations' then 'the registration ' || ranked.touch_key
                else 'the ' || ranked.kind || ' ' || ranked.touch_key
            end
            || ' of ' || ranked.evidence_partner_key
            || case
                when ranked.change = 'removed' and ranked.touch_table = 'leads' then ' was rejected on '
                when ranked.change = 'removed' then ' was removed on '
                when ranked.touch_table = 'registrations' then ' was approved on '
                else ' was accepted on '
            end
            || say_date(ranked.changed_on) || ', after the deal''s evidence was frozen'
        end as detail
    from paired
    cross join setting
    inner join deals on deals.deal_key = paired.deal_key
    inner join classed on classed.deal_key = paired.deal_key
    left join ranked
        on ranked.deal_key = paired.deal_key
        and ranked.partner_key = paired.partner_key
        and ranked.place = 1
    where paired.is_source_at_close is distinct from paired.is_source_now

)

select * from final
