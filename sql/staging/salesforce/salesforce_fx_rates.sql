-- into: input.fx_rates
-- about: The org's own rates: dated ones for as long as they hold, else those of its currency list as the log saw them change. Salesforce gives units of a currency for one of the corporate currency.
with

setting as (

    select as_of, as_of_moment, is_as_of_explicit, fx_max_age_days
    from config.setting

),

orgs as (

    select source, currency
    from input.salesforce_org
    where is_multi_currency

),

dated as (

    select
        source,
        upper(payload ->> '$.IsoCode') as currency,
        payload ->> '$.ConversionRate' as rate,
        try_cast(payload ->> '$.StartDate' as date) as starts_on,
        try_cast(payload ->> '$.NextStartDate' as date) as next_starts_on
    from input.latest
    where kind = 'salesforce' and stream = 'DatedConversionRate' and op = 'upsert'

),

versions as (

    select
        record.source,
        record.id,
        record.seq,
        record.seen_at,
        upper(record.payload ->> '$.IsoCode') as currency,
        record.payload ->> '$.ConversionRate' as rate,
        row_number() over (partition by record.source, record.id order by record.seq) as place
    from raw.record as record
    inner join orgs on orgs.source = record.source
    where record.stream = 'CurrencyType' and record.op = 'upsert'

),

-- the first rate the log saw is all that is known of the time before it
listed as (

    select
        versions.source,
        versions.currency,
        versions.rate,
        case when versions.place = 1 then date '2000-01-01' else versions.seen_at::date end as starts_on,
        lead(versions.seen_at::date) over (partition by versions.source, versions.id order by versions.seq) as next_starts_on
    from versions
    cross join setting
    left join (select distinct source, currency from dated) as dated_currencies
        on dated_currencies.source = versions.source
        and dated_currencies.currency = versions.currency
    where
        dated_currencies.currency is null
        and (versions.place = 1 or not setting.is_as_of_explicit or versions.seen_at < setting.as_of_moment)

),

ranges as (

    select *
    from dated
    union all by name
    select *
    from listed

),

-- a rate is said again often enough that it never grows too old while it holds
days as (

    select
        ranges.source,
        ranges.currency,
        ranges.rate,
        unnest(
            range(
                greatest(ranges.starts_on, date '2000-01-01')::timestamp,
                least(coalesce(ranges.next_starts_on, setting.as_of + 1), setting.as_of + 1)::timestamp,
                to_days(setting.fx_max_age_days + 1)
            )
        )::date as rate_on
    from ranges
    cross join setting
    where ranges.starts_on is not null

),

final as (

    select
        days.source,
        days.currency || '|' || days.rate_on as record_id,
        days.rate_on::varchar as "on",
        orgs.currency as from_currency,
        days.currency as to_currency,
        days.rate
    from days
    inner join orgs on orgs.source = days.source
    where days.currency <> orgs.currency

)

select * from final
