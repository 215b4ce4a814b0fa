-- into: metrics.result
-- about: Where each partner stands among its peers: the weighted mean of its percentiles, from 0 to 100 (R120).
with

setting as (

    select as_of, add_months(as_of, -12) as after_on
    from config.setting

),

weights as (

    select component, cast(weight * 10000 as hugeint) as weight
    from config.score_weight
    where weight > 0

),

partners as (

    select partner_key, type, count(*) over (partition by type) < 5 as is_of_small_type
    from marts.dim_partner
    where is_counted

),

sourced as (

    select
        deals.source_partner_key as partner_key,
        sum(deals.amount_reporting_minor) filter (where deals.state = 'won' and deals.closed_on > setting.after_on) as booked_minor,
        sum(deals.amount_reporting_minor) filter (where deals.state = 'open') as open_minor,
        count(*) filter (where deals.state = 'won' and deals.closed_on > setting.after_on) as won,
        count(*) filter (where deals.state in ('won', 'lost') and deals.closed_on > setting.after_on) as closed
    from marts.fct_deal as deals
    cross join setting
    where deals.class = 'sourced'
    group by deals.source_partner_key

),

influenced as (

    select deal_partners.partner_key, sum(deals.amount_reporting_minor) as booked_minor
    from marts.fct_deal_partner as deal_partners
    inner join marts.fct_deal as deals on deals.deal_key = deal_partners.deal_key
    cross join setting
    where deal_partners.is_influence and deals.state = 'won' and deals.closed_on > setting.after_on
    group by deal_partners.partner_key

),

acted as (

    select events.partner_key, count(distinct events.event_on) as dates
    from attribution.int_partner_day as events
    cross join setting
    where events.event_on > setting.after_on
    group by events.partner_key

),

certified as (

    select distinct certifications.partner_key
    from staging.stg_certifications as certifications
    cross join setting
    where
        certifications.earned_on <= setting.as_of
        and (certifications.expires_on is null or certifications.expires_on >= setting.as_of)

),

-- a win rate as a whole number of 10^18ths: two different rates never become equal
facts as (

    select
        partners.partner_key,
        partners.type,
        partners.is_of_small_type,
        cast(coalesce(sourced.booked_minor, 0) as hugeint) as sourced_bookings,
        cast(coalesce(influenced.booked_minor, 0) as hugeint) as influenced_bookings,
        cast(coalesce(sourced.open_minor, 0) as hugeint) as sourced_pipeline,
        cast(sourced.won as hugeint) * 1000000000000000000 // nullif(cast(sourced.closed as hugeint), 0) as win_rate,
        cast(coalesce(acted.dates, 0) as hugeint) as active_dates,
        cast(case when certified.partner_key is null then 0 else 1 end as hugeint) as certified
    from partners
    left join sourced on sourced.partner_key = partners.partner_key
    left join influenced on influenced.partner_key = partners.partner_key
    left join acted on acted.partner_key = partners.partner_key
    left join certified on certified.partner_key = partners.partner_key

),

components as (

    select partner_key, type, is_of_small_type, 'sourced_bookings' as component, sourced_bookings as amount from facts
    union all
    select partner_key, type, is_of_small_type, 'influenced_bookings' as component, influenced_bookings as amount from facts
    union all
    select partner_key, type, is_of_small_type, 'sourced_pipeline' as component, sourced_pipeline as amount from facts
    union all
    select partner_key, type, is_of_small_type, 'win_rate' as component, win_rate as amount from facts where win_rate is not null
    union all
    select partner_key, type, is_of_small_type, 'active_dates' as component, active_dates as amount from facts
    union all
    select partner_key, type, is_of_small_type, 'certified' as component, certified as amount from facts

),

-- peers below count whole, the other equals half: in halves, so that all stays whole
ranked as (

    select
        components.partner_key,
        components.component,
        components.is_of_small_type,
        2 * (rank() over of_type - 1) + count(*) over equal_of_type - 1 as halves_of_type,
        count(*) over (partition by components.component, components.type) as valued_of_type,
        2 * (rank() over of_all - 1) + count(*) over equal_of_all - 1 as halves_of_all,
        count(*) over (partition by components.component) as valued_of_all
    from components
    window
        of_type as (partition by components.component, components.type order by components.amount),
        equal_of_type as (partition by components.component, components.type, components.amount),
        of_all as (partition by components.component order by components.amount),
        equal_of_all as (partition by components.component, components.amount)

),

placed as (

    select
        partner_key,
        component,
        case when is_of_small_type then halves_of_all else halves_of_type end as halves,
        case when is_of_small_type then valued_of_all else valued_of_type end as valued
    from ranked

),

-- percentile = 100 × halves / 2 ÷ (valued − 1); the only one with a value has 50
percentiles as (

    select
        placed.partner_key,
        placed.component,
        weights.weight,
        case when placed.valued = 1 then 1 else placed.halves end as halves,
        greatest(placed.valued - 1, 1) as others
    from placed
    inner join weights on weights.component = placed.component

),

-- all components but the win rate have the same number of peers, so two fractions are enough
summed as (

    select
        partner_key,
        sum(weight) as weight,
        coalesce(sum(weight * halves) filter (where component <> 'win_rate'), 0) as halves,
        coalesce(max(others) filter (where component <> 'win_rate'), 1) as others,
        coalesce(sum(weight * halves) filter (where component = 'win_rate'), 0) as win_halves,
        coalesce(max(others) filter (where component = 'win_rate'), 1) as win_others
    from percentiles
    group by partner_key

),

peers as (

    select
        partner_key,
        case when is_of_small_type then count(*) over () else count(*) over (partition by type) end as n
    from partners

),

final as (

    select
        'partner_score' as metric,
        'points' as unit,
        'hidden' as parts,
        'current' as period_kind,
        'current' as period,
        'partner' as slice,
        peers.partner_key as slice_key,
        round_half_away(
            500 * (summed.halves * summed.win_others + summed.win_halves * summed.others),
            summed.weight * summed.others * summed.win_others
        ) as numerator,
        10 as denominator,
        peers.n
    from peers
    left join summed on summed.partner_key = peers.partner_key

)

select * from final
