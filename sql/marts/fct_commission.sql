-- model: marts.fct_commission
-- grain: entry_key
-- about: Each row is one line of the commission ledger in the reporting currency: earned (+), reversed (−) or paid (−), append only in meaning (R66 to R68).
-- checks: unique(grain); not_null(entry_key, partner_key, kind, amount_minor, entry_on, payable_on, reason); one_of(kind: earned, reversed, paid)
with

plans as (

    select deal_key, partner_key, plan, rate, cast(rate * 1000000 as bigint) as rate_units, fixed_minor, paid_until_on, hold_days
    from attribution.int_commission_plan
    where rate is not null or fixed_minor is not null

),

cash as (

    select
        fct_cash.cash_key,
        fct_cash.kind,
        fct_cash.payment_key,
        fct_cash.deal_key,
        fct_cash.occurred_at,
        fct_cash.occurred_on,
        fct_cash.currency,
        fct_cash.collected_minor,
        fct_cash.collected_reporting_minor
    from marts.fct_cash
    inner join plans on plans.deal_key = fct_cash.deal_key

),

payouts as (

    select payout_key, partner_key, paid_on, amount_minor, currency, reference
    from staging.stg_payouts

),

rates as (

    select currency, day, num, den
    from staging.fx_day

),

setting as (

    select currency
    from config.setting

),

-- under sourced_wins the source has all of a payment, so a fixed sum is due at the first payment that brought anything
payments as (

    select
        *,
        row_number() over (
            partition by deal_key
            order by case when collected_reporting_minor > 0 then 0 else 1 end, occurred_at, cash_key
        ) as place
    from cash
    where kind = 'payment'

),

earned as (

    select
        payments.cash_key,
        payments.deal_key,
        payments.occurred_on,
        payments.currency,
        payments.collected_minor,
        payments.collected_reporting_minor,
        plans.partner_key,
        plans.plan,
        plans.rate,
        plans.rate_units,
        plans.fixed_minor,
        case
            when plans.fixed_minor is null then convert_minor(payments.collected_reporting_minor, plans.rate_units, 100000000)
            when payments.place = 1 and payments.collected_reporting_minor > 0 then plans.fixed_minor
        end as amount_minor,
        add_days(payments.occurred_on, plans.hold_days) as payable_on
    from payments
    inner join plans on plans.deal_key = payments.deal_key
    where plans.paid_until_on is null or payments.occurred_on <= plans.paid_until_on

),

earned_lines as (

    select
        'earned|' || cash_key || '|' || partner_key as entry_key,
        partner_key,
        deal_key,
        cash_key,
        'earned' as kind,
        amount_minor,
        rate,
        plan,
        occurred_on as entry_on,
        payable_on,
        case
            when fixed_minor is null
                then say_decimal(rate) || '% of what the payment of ' || say_date(occurred_on) || ' collected'
            else 'a fixed sum, once for the deal, at its first payment on ' || say_date(occurred_on)
        end || ', by plan ' || plan || '; payable from ' || say_date(payable_on) as reason
    from earned
    where amount_minor <> 0

),

-- a fixed sum comes back in proportion to the money; in one currency that needs no rate
returned as (

    select
        cash.cash_key,
        cash.kind as cash_kind,
        cash.occurred_on,
        earned.deal_key,
        earned.partner_key,
        earned.plan,
        earned.rate,
        earned.fixed_minor,
        earned.payable_on as earned_payable_on,
        earned.occurred_on as paid_on,
        case
            when earned.fixed_minor is null then convert_minor(cash.collected_reporting_minor, earned.rate_units, 100000000)
            when cash.currency = earned.currency then convert_minor(cash.collected_minor, earned.fixed_minor, earned.collected_minor)
            else convert_minor(cash.collected_reporting_minor, earned.fixed_minor, earned.collected_reporting_minor)
        end as amount_minor
    from cash
    inner join earned on earned.cash_key = cash.payment_key
    where cash.kind <> 'payment' and earned.amount_minor <> 0

),

reversed_lines as (

    select
        'reversed|' || cash_key || '|' || partner_key as entry_key,
        partner_key,
        deal_key,
        cash_key,
        'reversed' as kind,
        amount_minor,
        rate,
        plan,
        occurred_on as entry_on,
        greatest(occurred_on, earned_payable_on) as payable_on,
        'the ' || cash_kind || ' of ' || say_date(occurred_on) || ' takes back its part of what the payment of ' || say_date(paid_on)
        || ' earned'
        || case
            when fixed_minor is null then ', at the same ' || say_decimal(rate) || '%'
            else ', in proportion'
        end as reason
    from returned
    where amount_minor <> 0

),

converted as (

    select
        payouts.payout_key,
        payouts.partner_key,
        payouts.paid_on,
        payouts.reference,
        case
            when payouts.currency = setting.currency then payouts.amount_minor
            else convert_minor(payouts.amount_minor, rates.num, rates.den)
        end as amount_minor
    from payouts
    cross join setting
    left join rates
        on rates.currency = payouts.currency
        and rates.day = payouts.paid_on

),

paid_lines as (

    select
        'paid|' || payout_key || '|' || partner_key as entry_key,
        partner_key,
        cast(null as varchar) as deal_key,
        cast(null as varchar) as cash_key,
        'paid' as kind,
        -amount_minor as amount_minor,
        cast(null as decimal(18, 6)) as rate,
        cast(null as varchar) as plan,
        paid_on as entry_on,
        paid_on as payable_on,
        'paid out on ' || say_date(paid_on) || coalesce(', reference ' || reference, '') as reason
    from converted
    where amount_minor is not null

),

final as (

    select * from earned_lines
    union all
    select * from reversed_lines
    union all
    select * from paid_lines

)

select * from final
