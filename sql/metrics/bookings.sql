-- into: metrics.flow
-- about: Won amounts by the class of the deal, and as divided by each credit model.
with

closed_deals as (

    select class, partner_key, stretch_on, won_minor, won_amounts
    from metrics.closed_deals
    where won_amounts > 0

),

won_parts as (

    select
        parts.partner_key,
        days.stretch_on,
        parts.sourced_weight * parts.deal_minor as sourced_minor,
        parts.declared_minor,
        parts.first_weight * parts.deal_minor as first_minor,
        parts.last_weight * parts.deal_minor as last_minor,
        parts.linear_minor,
        parts.position_minor,
        parts.decay_minor,
        parts.split_minor
    from attribution.int_deal_part as parts
    inner join marts.fct_deal as deals on deals.deal_key = parts.deal_key
    inner join metrics.day as days on days.day = deals.closed_on
    where deals.state = 'won' and parts.deal_minor is not null

),

added as (

    select
        partner_key,
        stretch_on,
        sum(sourced_minor) as sourced_minor,
        count(sourced_minor) as sourced_parts,
        sum(declared_minor) as declared_minor,
        count(declared_minor) as declared_parts,
        sum(first_minor) as first_minor,
        count(first_minor) as first_parts,
        sum(last_minor) as last_minor,
        count(last_minor) as last_parts,
        sum(linear_minor) as linear_minor,
        count(linear_minor) as linear_parts,
        sum(position_minor) as position_minor,
        count(position_minor) as position_parts,
        sum(decay_minor) as decay_minor,
        count(decay_minor) as decay_parts,
        sum(split_minor) as split_minor,
        count(split_minor) as split_parts
    from won_parts
    group by partner_key, stretch_on

),

credits as (

    select 'credited_bookings.' || model as metric, partner_key, stretch_on, numerator, n
    from added unpivot include nulls (
        (numerator, n) for model in (
            (sourced_minor, sourced_parts) as 'sourced_wins',
            (declared_minor, declared_parts) as 'declared_split',
            (first_minor, first_parts) as 'first_touch',
            (last_minor, last_parts) as 'last_touch',
            (linear_minor, linear_parts) as 'linear',
            (position_minor, position_parts) as 'position',
            (decay_minor, decay_parts) as 'time_decay',
            (split_minor, split_parts) as 'source_split'
        )
    )
    where n > 0

),

unioned as (

    select 'sourced_bookings' as metric, partner_key, stretch_on, won_minor as numerator, won_amounts as n
    from closed_deals
    where class = 'sourced'
    union all
    select 'direct_bookings' as metric, null as partner_key, stretch_on, won_minor as numerator, won_amounts as n
    from closed_deals
    where class = 'direct'
    union all
    select 'total_bookings' as metric, null as partner_key, stretch_on, won_minor as numerator, won_amounts as n
    from closed_deals
    union all
    select metric, partner_key, stretch_on, numerator, n
    from credits

),

final as (

    select metric, 'money' as unit, 'money' as parts, partner_key, stretch_on, numerator, n
    from unioned

)

select * from final
