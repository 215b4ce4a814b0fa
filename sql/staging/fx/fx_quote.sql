-- model: input.fx_quote
-- about: Each row is one rate read in one direction: as it stands, or as the inverse of the pair; `num12` is the same in units of 10^-12, for the reader's eye.
with

rates as (

    select rate_on, from_currency, to_currency, rate, num, den
    from staging.stg_fx_rates

),

final as (

    select
        from_currency,
        to_currency,
        rate_on,
        true as is_direct,
        num,
        den,
        replace(rate::varchar, '.', '')::hugeint as num12
    from rates
    union all
    select
        to_currency as from_currency,
        from_currency as to_currency,
        rate_on,
        false as is_direct,
        den as num,
        num as den,
        round_half_away(den * 1000000000000, num)::hugeint as num12
    from rates

)

select * from final
