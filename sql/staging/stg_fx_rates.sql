-- model: staging.stg_fx_rates
-- grain: rate_on, from_currency, to_currency
-- about: Each row is one rate of a pair of currencies on a day up to the as-of date, as a number and exactly as num / den; of several sources the first in the order of the config serves.
-- checks: unique(grain); not_null(rate_on, from_currency, to_currency, rate, num, den)
with

setting as (

    select as_of
    from config.setting

),

ranked as (

    select
        rates.rate_on,
        rates.from_currency,
        rates.to_currency,
        rates.rate,
        rates.source || ':' || rates.record_id as record_key,
        replace(rates.rate::varchar, '.', '')::hugeint as num,
        1000000000000000000::hugeint as den,
        row_number() over (
            partition by rates.rate_on, rates.from_currency, rates.to_currency
            order by sources.position
        ) as place
    from input.typed_fx_rates as rates
    cross join setting
    inner join config.source as sources on sources.source = rates.source
    where
        rates.problem is null
        and rates.rate_on <= setting.as_of
        and rates.from_currency <> rates.to_currency

),

final as (

    select
        rate_on,
        from_currency,
        to_currency,
        rate::decimal(24, 12) as rate,
        num // gcd(num, den) as num,
        den // gcd(num, den) as den,
        record_key
    from ranked
    where place = 1

)

select * from final
