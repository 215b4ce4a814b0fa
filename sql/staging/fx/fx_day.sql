-- model: staging.fx_day
-- grain: currency, day
-- about: Each row is the rate of one currency to the reporting currency on one day that needs it: minor units × num / den, exact, exponents included. The pair itself, else its inverse, else a cross (R24); of a cross the third currency and both legs, each with its day and way.
-- checks: unique(grain); not_null(currency, day, num, den, rate_on, path); one_of(path: same, direct, inverse, cross)
-- checks: one_of(first_path: direct, inverse); one_of(second_path: direct, inverse)
with

setting as (

    select currency, exponent, fx_max_age_days
    from config.setting

),

needs as (

    select currency, day
    from input.fx_need

),

direct_quotes as (

    select from_currency, to_currency, rate_on, num, den, num12
    from input.fx_quote
    where is_direct

),

inverse_quotes as (

    select from_currency, to_currency, rate_on, num, den, num12
    from input.fx_quote
    where not is_direct

),

own_needs as (

    select
        needs.currency,
        setting.currency as reporting_currency,
        needs.day
    from needs
    cross join setting
    where needs.currency <> setting.currency

),

-- the latest rate on or before the day in each direction; a valid direct one is preferred even to a fresher inverse
own_legs as (

    select
        own_needs.currency,
        own_needs.reporting_currency,
        own_needs.day,
        direct_quotes.rate_on >= add_days(own_needs.day, -setting.fx_max_age_days) as has_direct,
        inverse_quotes.rate_on >= add_days(own_needs.day, -setting.fx_max_age_days) as has_inverse,
        case when has_direct then direct_quotes.num when has_inverse then inverse_quotes.num end as num,
        case when has_direct then direct_quotes.den when has_inverse then inverse_quotes.den end as den,
        case when has_direct then direct_quotes.num12 when has_inverse then inverse_quotes.num12 end as num12,
        case when has_direct then direct_quotes.rate_on when has_inverse then inverse_quotes.rate_on end as rate_on
    from own_needs
    cross join setting
    asof left join direct_quotes
        on direct_quotes.from_currency = own_needs.currency
        and direct_quotes.to_currency = own_needs.reporting_currency
        and direct_quotes.rate_on <= own_needs.day
    asof left join inverse_quotes
        on inverse_quotes.from_currency = own_needs.currency
        and inverse_quotes.to_currency = own_needs.reporting_currency
        and inverse_quotes.rate_on <= own_needs.day

),

without_pair as (

    select currency, reporting_currency, day
    from own_legs
    where rate_on is null

),

pairs as (

    select distinct from_currency, to_currency
    from input.fx_quote

),

-- the ways from a currency to the reporting one through a third
ways as (

    select
        without_pair.currency,
        without_pair.reporting_currency,
        first_pairs.to_currency as third_currency,
        without_pair.day
    from without_pair
    inner join pairs as first_pairs on first_pairs.from_currency = without_pair.currency
    inner join pairs as second_pairs
        on second_pairs.from_currency = first_pairs.to_currency
        and second_pairs.to_currency = without_pair.reporting_currency

),

leg_needs as (

    select currency as from_currency, third_currency as to_currency, day from ways
    union
    select third_currency as from_currency, reporting_currency as to_currency, day from ways

),

legs as (

    select
        leg_needs.from_currency,
        leg_needs.to_currency,
        leg_needs.day,
        direct_quotes.rate_on >= add_days(leg_needs.day, -setting.fx_max_age_days) as has_direct,
        inverse_quotes.rate_on >= add_days(leg_needs.day, -setting.fx_max_age_days) as has_inverse,
        case when has_direct then direct_quotes.num when has_inverse then inverse_quotes.num end as num,
        case when has_direct then direct_quotes.den when has_inverse then inverse_quotes.den end as den,
        case when has_direct then direct_quotes.num12 when has_inverse then inverse_quotes.num12 end as num12,
        case when has_direct then direct_quotes.rate_on when has_inverse then inverse_quotes.rate_on end as rate_on
    from leg_needs
    cross join setting
    asof left join direct_quotes
        on direct_quotes.from_currency = leg_needs.from_currency
        and direct_quotes.to_currency = leg_needs.to_currency
        and direct_quotes.rate_on <= leg_needs.day
    asof left join inverse_quotes
        on inverse_quotes.from_currency = leg_needs.from_currency
        and inverse_quotes.to_currency = leg_needs.to_currency
        and inverse_quotes.rate_on <= leg_needs.day

),

-- of several third currencies the one whose older leg is latest, then the smallest code
crosses as (

    select
        ways.currency,
        ways.day,
        ways.third_currency,
        first_legs.rate_on as first_rate_on,
        case when first_legs.has_direct then 'direct' else 'inverse' end as first_path,
        second_legs.rate_on as second_rate_on,
        case when second_legs.has_direct then 'direct' else 'inverse' end as second_path,
        first_legs.num as first_num,
        first_legs.den as first_den,
        first_legs.num12 as first_num12,
        second_legs.num as second_num,
        second_legs.den as second_den,
        second_legs.num12 as second_num12,
        least(first_legs.rate_on, second_legs.rate_on) as rate_on,
        row_number() over (
            partition by ways.currency, ways.day
            order by least(first_legs.rate_on, second_legs.rate_on) desc, ways.third_currency
        ) as place
    from ways
    inner join legs as first_legs
        on first_legs.from_currency = ways.currency
        and first_legs.to_currency = ways.third_currency
        and first_legs.day = ways.day
    inner join legs as second_legs
        on second_legs.from_currency = ways.third_currency
        and second_legs.to_currency = ways.reporting_currency
        and second_legs.day = ways.day
    where first_legs.rate_on is not null and second_legs.rate_on is not null

),

-- two legs with very many decimals have a product wider than a whole number can be: such legs are taken to 12 decimals
fitted_crosses as (

    select
        *,
        first_num::double * second_num::double < 1e34 and first_den::double * second_den::double < 1e24 as is_exact
    from crosses
    where place = 1 and first_num12::double * second_num12::double < 1e34

),

rates as (

    select
        currency,
        day,
        num,
        den,
        num12,
        rate_on,
        case when has_direct then 'direct' else 'inverse' end as path,
        cast(null as varchar) as third_currency,
        cast(null as date) as first_rate_on,
        cast(null as varchar) as first_path,
        cast(null as date) as second_rate_on,
        cast(null as varchar) as second_path
    from own_legs
    where rate_on is not null
    union all
    select
        currency,
        day,
        case when is_exact then case when is_exact then first_num end * case when is_exact then second_num end
            else first_num12 * second_num12 end as num,
        case when is_exact then case when is_exact then first_den end * case when is_exact then second_den end
            else 1000000000000000000000000::hugeint end as den,
        round_half_away(first_num12 * second_num12, 1000000000000)::hugeint as num12,
        rate_on,
        'cross' as path,
        third_currency,
        first_rate_on,
        first_path,
        second_rate_on,
        second_path
    from fitted_crosses

),

with_exponents as (

    select
        rates.currency,
        rates.day,
        rates.num * (10 ** setting.exponent)::hugeint as num,
        rates.den * (10 ** currencies.exponent)::hugeint as den,
        (rates.num12::decimal(38, 0) * 0.000000000001)::decimal(24, 12) as rate,
        rates.rate_on,
        rates.path,
        rates.third_currency,
        rates.first_rate_on,
        rates.first_path,
        rates.second_rate_on,
        rates.second_path
    from rates
    cross join setting
    inner join config.currency as currencies on currencies.currency = rates.currency

),

final as (

    select
        currency,
        day,
        num // gcd(num, den) as num,
        den // gcd(num, den) as den,
        rate,
        rate_on,
        path,
        third_currency,
        first_rate_on,
        first_path,
        second_rate_on,
        second_path
    from with_exponents
    union all
    select
        needs.currency,
        needs.day,
        1::hugeint as num,
        1::hugeint as den,
        1::decimal(24, 12) as rate,
        needs.day as rate_on,
        'same' as path,
        null as third_currency,
        null as first_rate_on,
        null as first_path,
        null as second_rate_on,
        null as second_path
    from needs
    inner join setting on setting.currency = needs.currency

)

select * from final
