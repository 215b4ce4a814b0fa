-- model: input.stripe_currency
-- grain: currency
-- about: Each row is a currency and how many decimals Stripe's smallest unit of it stands for, which is not always what ISO 4217 says (R113).
with

currencies as (

    select currency
    from config.currency

),

-- Stripe counts króna and Ugandan shilling in hundredths although ISO gives them no decimals, and ariary whole although ISO gives it two
own_exponents as (

    select * from (values
        ('BHD', 3), ('JOD', 3), ('KWD', 3), ('OMR', 3), ('TND', 3),
        ('BIF', 0), ('CLP', 0), ('DJF', 0), ('GNF', 0), ('JPY', 0), ('KMF', 0), ('KRW', 0), ('MGA', 0), ('PYG', 0),
        ('RWF', 0), ('VND', 0), ('VUV', 0), ('XAF', 0), ('XOF', 0), ('XPF', 0)
    ) as own_exponents (currency, exponent)

),

final as (

    select currencies.currency, coalesce(own_exponents.exponent, 2) as exponent
    from currencies
    left join own_exponents on own_exponents.currency = currencies.currency

)

select * from final
