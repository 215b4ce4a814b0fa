-- model: staging.partner_tier
-- grain: partner_key, entered_on
-- about: Each row is the tier that a partner came into on a day, the last one of the day, where the source of its present tier keeps a history (R65).
-- checks: unique(grain); not_null(partner_key, entered_on)
with

setting as (

    select timezone
    from config.setting

),

entries as (

    select
        source || ':' || id as record_key,
        tier,
        try_cast(entered_at as timestamptz) as entered_at
    from input.partner_tiers

),

with_history as (

    select distinct record_key
    from entries

),

records as (

    select
        partner_record.partner_key,
        partners.record_key,
        row_number() over (
            partition by partner_record.partner_key
            order by sources.position, partners.record_key
        ) as place
    from input.typed_partners as partners
    inner join staging.partner_record as partner_record on partner_record.record_key = partners.record_key
    inner join config.source as sources on sources.source = partners.source
    left join with_history on with_history.record_key = partners.record_key
    where partners.problem is null and (partners.tier is not null or with_history.record_key is not null)

),

days as (

    select
        records.partner_key,
        local_date(entries.entered_at, setting.timezone) as entered_on,
        entries.tier,
        row_number() over (
            partition by records.partner_key, local_date(entries.entered_at, setting.timezone)
            order by entries.entered_at desc, entries.tier
        ) as place
    from records
    inner join entries on entries.record_key = records.record_key
    cross join setting
    where records.place = 1 and entries.entered_at is not null

),

final as (

    select partner_key, entered_on, tier
    from days
    where place = 1

)

select * from final
