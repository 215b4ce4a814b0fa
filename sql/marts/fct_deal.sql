-- model: marts.fct_deal
-- grain: deal_key
-- about: Each row is one counted deal with its class, its source and its amount in the reporting currency (R22, R25, R75).
-- checks: unique(grain); same_rows(attribution.int_deal); not_null(deal_key, state, class, order_type); one_of(class: sourced, influenced, direct)
-- checks: one_of(state: open, won, lost); found(source_partner_key in marts.dim_partner.partner_key); one_of(source_rule: override, registration, declared, lead)
with

deals as (

    select *
    from staging.stg_deals
    where is_counted

),

days as (

    select deal_key, deal_no, judged_on
    from attribution.int_deal

),

sources as (

    select deal_key, deal_no, source_partner_key, source_rule, is_conflict
    from attribution.int_deal_source

),

helped as (

    select deal_no
    from attribution.int_deal_partner
    where place = 1

),

accounts as (

    select account_key, name, region, segment
    from staging.stg_accounts

),

rates as (

    select currency, day, num, den, rate, rate_on
    from staging.fx_day

),

setting as (

    select currency, as_of
    from config.setting

),

ranked_claims as (

    select
        sources.deal_no,
        claims.rule,
        claims.claimed_on,
        claims.decided_on,
        row_number() over (
            partition by sources.deal_no
            order by
                case when claims.decided_at is null then 1 else 0 end,
                claims.decided_at,
                case when claims.claimed_at is null then 1 else 0 end,
                claims.claimed_at,
                claims.claim_table,
                claims.claim_key
        ) as decided_place,
        min(claims.claimed_on) over (partition by sources.deal_no) as first_claimed_on
    from attribution.int_claim as claims
    inner join sources
        on sources.deal_key = claims.deal_key
        and sources.source_rule = claims.rule
        and sources.source_partner_key = claims.partner_key
    where claims.is_accepted

),

-- a registered deal's cycle starts when the winner's registration was decided, else submitted; any other deal's at creation (R75)
winning_claims as (

    select
        deal_no,
        first_claimed_on,
        case when rule = 'registration' then coalesce(decided_on, claimed_on) end as registered_on
    from ranked_claims
    where decided_place = 1

),

last_stages as (

    select deal_key, max(entered_on) as entered_on
    from staging.stg_deal_stages
    group by deal_key

),

converted as (

    select
        deals.*,
        -- twelve decimals of a number up to 1 are exact in a double, whose product costs a fraction of that of wide decimals
        cast(round(cast(deals.probability as double) * 1000000000000) as bigint) as probability_units,
        sources.source_partner_key,
        sources.source_rule,
        sources.is_conflict,
        case
            when sources.source_partner_key is not null then 'sourced'
            when helped.deal_no is not null then 'influenced'
            else 'direct'
        end as class,
        case
            when deals.amount_minor is null then null
            when deals.currency = setting.currency then deals.amount_minor
            else convert_minor(deals.amount_minor, rates.num, rates.den)
        end as amount_reporting_minor,
        case when deals.currency = setting.currency then 1 else rates.rate end as fx_rate,
        case when deals.currency = setting.currency then days.judged_on else rates.rate_on end as fx_on,
        coalesce(last_stages.entered_on, deals.created_on) as last_stage_on,
        winning_claims.first_claimed_on,
        winning_claims.registered_on,
        accounts.name as account_name,
        accounts.region,
        accounts.segment,
        setting.as_of
    from deals
    cross join setting
    inner join days on days.deal_key = deals.deal_key
    inner join sources on sources.deal_no = days.deal_no
    left join helped on helped.deal_no = days.deal_no
    left join rates
        on rates.currency = deals.currency
        and rates.day = days.judged_on
    left join last_stages on last_stages.deal_key = deals.deal_key
    left join winning_claims on winning_claims.deal_no = days.deal_no
    left join accounts on accounts.account_key = deals.account_key

),

final as (

    select
        deal_key,
        account_key,
        state,
        order_type,
        class,
        source_partner_key,
        source_rule,
        created_at,
        created_on,
        closed_on,
        amount_minor,
        currency,
        amount_reporting_minor,
        cast(fx_rate as decimal(24, 12)) as fx_rate,
        fx_on,
        case when state = 'won' then day_diff(coalesce(registered_on, created_on), closed_on) end as cycle_days,
        is_conflict,
        source,
        name,
        pipeline,
        stage,
        owner,
        next_step,
        lost_reason,
        account_name,
        region,
        segment,
        expected_close_on,
        probability,
        -- a chance of at most six decimals, as most are, needs no wide numbers
        case
            when state <> 'open' then null
            when probability_units % 1000000 = 0 then convert_minor(amount_reporting_minor, probability_units // 1000000, 1000000)
            else convert_minor(amount_reporting_minor, probability_units, 1000000000000)
        end as weighted_minor,
        is_qualified,
        first_claimed_on as source_claim_on,
        case when state = 'open' then day_diff(last_stage_on, as_of) end as days_in_stage,
        last_stage_on
    from converted

)

select * from final
