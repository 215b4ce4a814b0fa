-- model: difference.cash_passage
-- grain: cash_key
-- about: Each row is one payment, refund or dispute that moved in the scope on one side only, and why.
-- checks: unique(grain); not_null(cash_key, reason, detail)
with

cash as (

    select *
    from difference.cash
    where is_known_before <> is_known_after

),

settings as (

    select before_setting.as_of as as_of_before, after_setting.as_of as as_of_after
    from before.config.setting as before_setting
    cross join after.config.setting as after_setting

),

-- the same money on another day stands outside the scope on the other side
elsewhere_before as (

    select cash_key, occurred_on
    from before.marts.fct_cash

),

elsewhere_after as (

    select cash_key, occurred_on
    from after.marts.fct_cash

),

sources_after as (

    select source
    from after.config.source

),

unreadable as (

    select distinct entity_key
    from after.staging.quarantine
    where entity in ('payments', 'refunds')

),

judged as (

    select
        cash.*,
        settings.as_of_before,
        settings.as_of_after,
        elsewhere_before.occurred_on as other_day_before,
        elsewhere_after.occurred_on as other_day_after,
        case
            when not cash.is_known_after and settings.as_of_after < cash.occurred_on_before then 'as_of_earlier'
            when not cash.is_known_after and elsewhere_after.cash_key is not null then 'cash_date_moved'
            when not cash.is_known_after and sources_after.source is null then 'source_removed'
            when not cash.is_known_after and unreadable.entity_key is not null then 'unreadable'
            when not cash.is_known_after then 'cash_deleted'
            when elsewhere_before.cash_key is not null then 'cash_date_moved'
            when cash.kind <> 'payment' then 'refund'
            else 'new_payment'
        end as reason
    from cash
    cross join settings
    left join elsewhere_before on elsewhere_before.cash_key = cash.cash_key
    left join elsewhere_after on elsewhere_after.cash_key = cash.cash_key
    left join unreadable on unreadable.entity_key = cash.cash_key
    left join sources_after on starts_with(cash.cash_key, sources_after.source || ':')

),

final as (

    select
        cash_key,
        reason,
        case
            when reason = 'as_of_earlier' then 'it moved on ' || say_date(occurred_on_before) || ', after ' || say_date(as_of_after) || ', the date of this build'
            when reason = 'source_removed' then 'its source is no longer configured'
            when reason = 'unreadable' then 'its row can no longer be read; Data quality says why'
            when reason = 'cash_deleted' then 'the ' || kind || ' is no longer at its source'
            when reason = 'cash_date_moved'
                then 'dated ' || say_date(coalesce(occurred_on_before, other_day_before)) || ' before, ' || say_date(coalesce(occurred_on_after, other_day_after)) || ' now'
            else kind || ' of ' || say_date(occurred_on_after) || ', recorded since'
        end as detail
    from judged

)

select * from final
