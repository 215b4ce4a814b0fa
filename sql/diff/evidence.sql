-- model: difference.evidence
-- grain: deal_key, touch_table, touch_key
-- about: Each row is one piece of evidence of a deal whose attribution differs that counts on one side only, or counts with other facts, and what happened to it.
-- checks: unique(grain); one_of(reason: merged, new_evidence, late_evidence, evidence_removed, evidence_changed, same_facts)
with

deals as (

    select deal_key, closed_on_after
    from difference.attribution

),

-- what counts as a touch, as a claim, or as both
touches_before as (

    select touches.deal_key, touches.touch_table, touches.touch_key, touches.partner_key, touches.counts
    from before.marts.fct_touch as touches
    inner join deals on deals.deal_key = touches.deal_key
    where touches.touch_table <> 'overrides'
    union all
    select claims.deal_key, claims.claim_table as touch_table, claims.claim_key as touch_key, claims.partner_key, claims.accepted as counts
    from before.marts.fct_claim as claims
    inner join deals on deals.deal_key = claims.deal_key
    where claims.claim_table <> 'overrides'

),

touches_after as (

    select touches.deal_key, touches.touch_table, touches.touch_key, touches.partner_key, touches.counts
    from after.marts.fct_touch as touches
    inner join deals on deals.deal_key = touches.deal_key
    where touches.touch_table <> 'overrides'
    union all
    select claims.deal_key, claims.claim_table as touch_table, claims.claim_key as touch_key, claims.partner_key, claims.accepted as counts
    from after.marts.fct_claim as claims
    inner join deals on deals.deal_key = claims.deal_key
    where claims.claim_table <> 'overrides'

),

standing_before as (

    select deal_key, touch_table, touch_key, max(partner_key) as partner_key, sum(case when counts then 1 else 0 end) as weight
    from touches_before
    group by deal_key, touch_table, touch_key

),

standing_after as (

    select deal_key, touch_table, touch_key, max(partner_key) as partner_key, sum(case when counts then 1 else 0 end) as weight
    from touches_after
    group by deal_key, touch_table, touch_key

),

facts_before as (

    select touch_table, touch_key, partner_key, deal_key, account_key, kind, occurred_at, occurred_on, recorded_on, stands_from_on, stands_until_on
    from before.attribution.int_evidence

),

facts_after as (

    select touch_table, touch_key, partner_key, deal_key, account_key, kind, occurred_at, occurred_on, recorded_on, stands_from_on, stands_until_on
    from after.attribution.int_evidence

),

registrations_before as (

    select registration_key, status, protection_ends_on
    from before.marts.fct_registration

),

registrations_after as (

    select registration_key, status, protection_ends_on
    from after.marts.fct_registration

),

-- an end of protection that the configuration sets is a rule, not a fact of the registration
settings as (

    select before_setting.protection_days = after_setting.protection_days as is_protection_same
    from before.config.setting as before_setting
    cross join after.config.setting as after_setting

),

records_after as (

    select record_key, deal_key
    from after.staging.deal_record
    where record_key <> deal_key

),

compared as (

    select
        coalesce(standing_after.deal_key, standing_before.deal_key) as deal_key,
        coalesce(standing_after.touch_table, standing_before.touch_table) as touch_table,
        coalesce(standing_after.touch_key, standing_before.touch_key) as touch_key,
        standing_before.partner_key as partner_before,
        standing_after.partner_key as partner_after,
        coalesce(standing_before.weight, 0) as weight_before,
        coalesce(standing_after.weight, 0) as weight_after,
        standing_before.deal_key is not null as is_there_before,
        standing_after.deal_key is not null as is_there_after
    from standing_before
    full join standing_after
        on standing_after.deal_key = standing_before.deal_key
        and standing_after.touch_table = standing_before.touch_table
        and standing_after.touch_key = standing_before.touch_key
    where coalesce(standing_before.weight, 0) > 0 or coalesce(standing_after.weight, 0) > 0

),

told as (

    select
        compared.*,
        facts_before.touch_key is not null as is_known_before,
        facts_after.touch_key is not null as is_known_after,
        coalesce(facts_after.kind, facts_before.kind) as kind,
        coalesce(facts_after.occurred_on, facts_before.occurred_on) as occurred_on,
        greatest(facts_after.recorded_on, facts_after.stands_from_on, facts_after.occurred_on) as came_on,
        facts_after.stands_until_on as removed_on,
        deals.closed_on_after,
        facts_before.deal_key as named_before,
        records_after.record_key is not null as is_brought_by_merge,
        facts_before.partner_key is not distinct from facts_after.partner_key
            and facts_before.deal_key is not distinct from facts_after.deal_key
            and facts_before.account_key is not distinct from facts_after.account_key
            and facts_before.kind is not distinct from facts_after.kind
            and facts_before.occurred_at is not distinct from facts_after.occurred_at
            and facts_before.recorded_on is not distinct from facts_after.recorded_on
            and facts_before.stands_from_on is not distinct from facts_after.stands_from_on
            and facts_before.stands_until_on is not distinct from facts_after.stands_until_on
            and registrations_before.status is not distinct from registrations_after.status
            and (
                not settings.is_protection_same
                or registrations_before.protection_ends_on is not distinct from registrations_after.protection_ends_on
            ) as is_same
    from compared
    cross join settings
    inner join deals on deals.deal_key = compared.deal_key
    left join facts_before
        on facts_before.touch_table = compared.touch_table
        and facts_before.touch_key = compared.touch_key
    left join facts_after
        on facts_after.touch_table = compared.touch_table
        and facts_after.touch_key = compared.touch_key
    left join records_after
        on records_after.record_key = facts_before.deal_key
        and records_after.deal_key = compared.deal_key
    left join registrations_before
        on compared.touch_table = 'registrations'
        and registrations_before.registration_key = compared.touch_key
    left join registrations_after
        on compared.touch_table = 'registrations'
        and registrations_after.registration_key = compared.touch_key

),

judged as (

    select
        *,
        case
            when is_brought_by_merge then 'merged'
            when is_known_before and is_known_after and is_same then 'same_facts'
            when is_known_before and not is_known_after then 'evidence_removed'
            when weight_after < weight_before and removed_on is not null then 'evidence_removed'
            when weight_after < weight_before and is_known_before then 'evidence_changed'
            when weight_after = weight_before then 'evidence_changed'
            when came_on > closed_on_after then 'late_evidence'
            when is_known_before then 'evidence_changed'
            else 'new_evidence'
        end as reason
    from told
    where weight_before <> weight_after or not (is_known_before and is_known_after and is_same)

),

final as (

    select
        deal_key,
        touch_table,
        touch_key,
        coalesce(partner_after, partner_before) as partner_key,
        occurred_on,
        came_on,
        reason,
        case touch_table
            when 'deal_partners' then coalesce(kind, 'partner') || ' role'
            when 'deals' then 'the partner named on the deal'
            when 'leads' then 'lead'
            when 'registrations' then 'registration'
            else coalesce(kind, 'touch')
        end
        || ' ' || touch_key || ' of ' || coalesce(partner_after, partner_before, 'no partner')
        || case
            when reason = 'merged' then ' came with ' || named_before || ', which was merged into this deal'
            when reason = 'evidence_removed' and removed_on is not null then ' was removed on ' || say_date(removed_on)
            when reason = 'evidence_removed' then ' is no longer at its source'
            when reason = 'late_evidence' then ' came on ' || say_date(came_on) || ', after the close on ' || say_date(closed_on_after)
            when reason = 'new_evidence' then ' was entered since' || coalesce(', dated ' || say_date(came_on), '')
            when reason = 'evidence_changed' then ' was changed since'
            else ' is judged otherwise'
        end as detail
    from judged

)

select * from final
