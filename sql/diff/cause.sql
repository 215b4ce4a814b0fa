-- model: difference.cause
-- grain: deal_key
-- about: Each row is one deal whose attribution differs with the one reason for it: the first that applies of an earlier date, an override, a joined partner, evidence, a merged deal, moved dates or account, a rule, a conflict settled otherwise.
-- checks: unique(grain); same_rows(difference.attribution); not_null(deal_key, reason, detail)
with

deals as (

    select *
    from difference.attribution

),

settings as (

    select
        before_setting.as_of as as_of_before,
        after_setting.as_of as as_of_after,
        after_setting.late_days as late_days_after
    from before.config.setting as before_setting
    cross join after.config.setting as after_setting

),

overrides_before as (

    select overrides.deal_key, overrides.partner_key, overrides.decision, overrides.decided_at, overrides.approver, overrides.reason
    from before.staging.stg_overrides as overrides
    inner join deals on deals.deal_key = overrides.deal_key

),

overrides_after as (

    select overrides.deal_key, overrides.partner_key, overrides.decision, overrides.decided_at, overrides.approver, overrides.reason
    from after.staging.stg_overrides as overrides
    inner join deals on deals.deal_key = overrides.deal_key

),

partners_before as (

    select partner_key
    from before.marts.dim_partner

),

partners_after as (

    select partner_key
    from after.marts.dim_partner

),

joined_partners as (

    select record_key, partner_key
    from after.staging.partner_record
    where record_key <> partner_key

),

merges as (

    select after_record.deal_key, after_record.record_key
    from after.staging.deal_record as after_record
    left join before.staging.deal_record as before_record
        on before_record.record_key = after_record.record_key
        and before_record.deal_key = after_record.deal_key
    where after_record.record_key <> after_record.deal_key and before_record.record_key is null

),

settled as (

    select deal_key, settled_by from before.marts.fct_deal_decision where settled_by is not null
    union
    select deal_key, settled_by from after.marts.fct_deal_decision where settled_by is not null

),

causes as (

    select
        deals.deal_key,
        1 as place,
        'as_of_earlier' as reason,
        cast(null as date) as at_on,
        'this build speaks of ' || say_date(settings.as_of_after) || ', before evidence on the deal was complete' as detail
    from deals
    cross join settings
    where settings.as_of_after < settings.as_of_before
        and add_days(deals.closed_on_after, settings.late_days_after) > settings.as_of_after

    union all

    select
        overrides_after.deal_key,
        2 as place,
        'override' as reason,
        cast(overrides_after.decided_at as date) as at_on,
        coalesce(overrides_after.approver, 'somebody') || ' decided on ' || say_date(cast(overrides_after.decided_at as date)) || ': '
        || case
            -- "none" is nobody's even when it names a partner, and "sourced" by nobody says the same (R41)
            when overrides_after.decision = 'none' or (overrides_after.decision = 'sourced' and overrides_after.partner_key is null)
                then 'no partner brought it'
            else overrides_after.decision || coalesce(' by ' || overrides_after.partner_key, '')
        end
        || coalesce(' (' || overrides_after.reason || ')', '') as detail
    from overrides_after
    left join overrides_before
        on overrides_before.deal_key = overrides_after.deal_key
        and overrides_before.decided_at = overrides_after.decided_at
        and overrides_before.decision = overrides_after.decision
        and overrides_before.partner_key is not distinct from overrides_after.partner_key
    where overrides_before.deal_key is null

    union all

    select
        overrides_before.deal_key,
        2 as place,
        'override' as reason,
        cast(overrides_before.decided_at as date) as at_on,
        'the override of ' || say_date(cast(overrides_before.decided_at as date)) || ' was taken back' as detail
    from overrides_before
    left join overrides_after
        on overrides_after.deal_key = overrides_before.deal_key
        and overrides_after.decided_at = overrides_before.decided_at
        and overrides_after.decision = overrides_before.decision
        and overrides_after.partner_key is not distinct from overrides_before.partner_key
    where overrides_after.deal_key is null

    union all

    select
        evidence.deal_key,
        3 as place,
        'partner_joined' as reason,
        cast(null as date) as at_on,
        joined_partners.record_key || ' is the same partner as ' || joined_partners.partner_key as detail
    from difference.relation as evidence
    inner join joined_partners on joined_partners.record_key = evidence.partner_key
    inner join partners_before on partners_before.partner_key = evidence.partner_key
    left join partners_after on partners_after.partner_key = evidence.partner_key
    where partners_after.partner_key is null

    union all

    -- evidence that was there before, on a deal that swallowed another one since, came with that one
    select
        evidence.deal_key,
        case when merges.deal_key is null then 4 else 5 end as place,
        case
            when evidence.reason = 'new_evidence' and merges.deal_key is not null then 'merged'
            else evidence.reason
        end as reason,
        evidence.came_on as at_on,
        case
            when evidence.reason = 'new_evidence' and merges.deal_key is not null
                then merges.record_key || ' was merged into this deal and brought ' || evidence.touch_key || ' of ' || evidence.partner_key
            else evidence.detail
        end as detail
    from difference.evidence as evidence
    left join merges on merges.deal_key = evidence.deal_key
    where evidence.reason <> 'same_facts'

    union all

    select
        deals.deal_key,
        6 as place,
        case when deals.closed_on_before is distinct from deals.closed_on_after then 'close_date_moved' else 'created_date_moved' end as reason,
        cast(null as date) as at_on,
        case
            when deals.closed_on_before is distinct from deals.closed_on_after
                then 'closed on ' || coalesce(say_date(deals.closed_on_before), 'no date') || ' before, on ' || coalesce(say_date(deals.closed_on_after), 'no date') || ' now, so other evidence counts'
            else 'created on ' || say_date(deals.created_on_before) || ' before, on ' || say_date(deals.created_on_after) || ' now, so other evidence counts'
        end as detail
    from deals
    where deals.closed_on_before is distinct from deals.closed_on_after
        or deals.created_on_before <> deals.created_on_after

    union all

    select
        deals.deal_key,
        7 as place,
        'account_changed' as reason,
        cast(null as date) as at_on,
        'belonged to ' || coalesce(deals.account_key_before, 'no account') || ' before, to ' || coalesce(deals.account_key_after, 'no account') || ' now' as detail
    from deals
    where deals.account_key_before is distinct from deals.account_key_after

    union all

    select
        deals.deal_key,
        8 as place,
        'rule_changed' as reason,
        cast(null as date) as at_on,
        rules.detail
    from deals
    inner join difference.rule as rules on rules.area = 'attribution'

    union all

    select
        evidence.deal_key,
        9 as place,
        'registration_moved' as reason,
        cast(null as date) as at_on,
        'registration ' || evidence.touch_key || ' of ' || evidence.partner_key || ' names only the account, whose first deal is another one now' as detail
    from difference.evidence as evidence
    where evidence.reason = 'same_facts' and evidence.touch_table = 'registrations'

    union all

    select
        deal_key,
        10 as place,
        case when settled_by = 'incumbent' then 'incumbent_changed' else 'certification_changed' end as reason,
        cast(null as date) as at_on,
        case
            when settled_by = 'incumbent' then 'several partners claim it, and the source of the account''s deal before decides, which changed'
            else 'several partners claim it, and a certification decides, which changed'
        end as detail
    from settled
    where settled_by in ('incumbent', 'certification')

    union all

    select deal_key, 99 as place, 'unexplained' as reason, cast(null as date) as at_on, 'no reason was found; please report it' as detail
    from deals

),

ranked as (

    select
        causes.*,
        row_number() over (partition by causes.deal_key order by causes.place, causes.at_on desc nulls last, causes.reason, causes.detail) as rank
    from causes
    inner join deals on deals.deal_key = causes.deal_key

),

final as (

    select deal_key, reason, detail
    from ranked
    where rank = 1

)

select * from final
