-- model: difference.deal_passage
-- grain: deal_key
-- about: Each row is one deal that closed in the scope on one side only, or was won on one side and lost on the other, and why.
-- checks: unique(grain); not_null(deal_key, reason, detail)
with

deals as (

    select *
    from difference.deal
    where is_in_scope_before <> is_in_scope_after or state_before <> state_after

),

settings as (

    select before_setting.as_of as as_of_before, after_setting.as_of as as_of_after
    from before.config.setting as before_setting
    cross join after.config.setting as after_setting

),

-- what a side knows of deals that it does not count: merged into another one, or left out
records_before as (

    select record_key, deal_key
    from before.staging.deal_record

),

records_after as (

    select record_key, deal_key
    from after.staging.deal_record

),

unreadable as (

    select distinct entity_key
    from after.staging.quarantine
    where entity = 'deals'

),

sources_after as (

    select source
    from after.config.source

),

judged as (

    select
        deals.*,
        settings.as_of_before,
        settings.as_of_after,
        records_after.deal_key as survivor_after,
        case
            when not deals.is_in_scope_after and settings.as_of_after < deals.closed_on_before then 'as_of_earlier'
            when not deals.is_known_after and sources_after.source is null then 'source_removed'
            when not deals.is_known_after and records_after.deal_key <> deals.deal_key then 'merged'
            when not deals.is_known_after and records_after.deal_key = deals.deal_key then 'excluded'
            when not deals.is_known_after and unreadable.entity_key is not null then 'unreadable'
            when not deals.is_known_after then 'deleted'
            when not deals.is_in_scope_before and deals.closed_on_after > settings.as_of_before then 'closed_since'
            when not deals.is_known_before and records_before.record_key is not null then 'counted_again'
            when not deals.is_known_before then 'new_deal'
            when deals.state_before <> deals.state_after then 'state_changed'
            else 'close_date_moved'
        end as reason
    from deals
    cross join settings
    left join records_before on records_before.record_key = deals.deal_key
    left join records_after on records_after.record_key = deals.deal_key
    left join unreadable on unreadable.entity_key = deals.deal_key
    left join sources_after on starts_with(deals.deal_key, sources_after.source || ':')

),

final as (

    select
        deal_key,
        reason,
        case
            when reason = 'as_of_earlier' then 'it closed on ' || say_date(closed_on_before) || ', after ' || say_date(as_of_after) || ', the date of this build'
            when reason = 'source_removed' then 'its source is no longer configured'
            when reason = 'merged' then 'merged into ' || survivor_after
            when reason = 'excluded' then 'marked as not to be counted'
            when reason = 'unreadable' then 'its row can no longer be read; Data quality says why'
            when reason = 'deleted' then 'deleted or archived at its source'
            when reason = 'counted_again' then 'it was merged away or left out before, and counts now'
            when reason = 'closed_since' then state_after || ' on ' || say_date(closed_on_after) || ', after ' || say_date(as_of_before) || ', the date of the earlier numbers'
            when reason = 'new_deal' then 'entered at its source since, as ' || state_after || ' on ' || say_date(closed_on_after)
            when reason = 'state_changed' then 'was ' || state_before || ', is ' || state_after || ' now'
            else 'closed on ' || coalesce(say_date(closed_on_before), 'an unknown date') || ' before, on ' || coalesce(say_date(closed_on_after), 'an unknown date') || ' now'
        end as detail
    from judged

)

select * from final
