-- model: input.salesforce_org
-- grain: source
-- about: Each row is one Salesforce source with the currency of amounts that name none (R105): the corporate one, else the configured one, else the reporting currency.
with

sources as (

    select source, currency
    from config.source
    where kind = 'salesforce'

),

setting as (

    select currency
    from config.setting

),

corporate as (

    select source, max(upper(payload ->> '$.IsoCode')) as currency
    from input.latest
    where
        kind = 'salesforce'
        and stream = 'CurrencyType'
        and op = 'upsert'
        and (payload ->> '$.IsCorporate') = 'true'
    group by source

),

final as (

    select
        sources.source,
        coalesce(corporate.currency, sources.currency, setting.currency) as currency,
        corporate.currency is not null as is_multi_currency
    from sources
    cross join setting
    left join corporate on corporate.source = sources.source

)

select * from final
