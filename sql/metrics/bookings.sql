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

    select
        'credited_bookings.' || models.model as metric,
        added.partner_key,
        added.stretch_on,
        case models.model
            when 'sourced_wins' then added.sourced_minor
            when 'declared_split' then added.declared_minor
            when 'first_touch' then added.first_minor
            when 'last_touch' then added.last_minor
            when 'linear' then added.linear_minor
            when 'position' then added.position_minor
            when 'time_decay' then added.decay_minor
            when 'source_split' then added.split_minor
        end as numerator,
        case models.model
            when 'sourced_wins' then added.sourced_parts
            when 'declared_split' then added.declared_parts
            when 'first_touch' then added.first_parts
            when 'last_touch' then added.last_parts
            when 'linear' then added.linear_parts
            when 'position' then added.position_parts
            when 'time_decay' then added.decay_parts
            when 'source_split' then added.split_parts
        end as n
    from added
    cross join (
        values ('sourced_wins'), ('declared_split'), ('first_touch'), ('last_touch'), ('linear'), ('position'), ('time_decay'), ('source_split')
    ) as models (model)

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
    where n > 0

),

final as (

    select metric, 'money' as unit, 'money' as parts, partner_key, stretch_on, numerator, n
    from unioned

)

select * from final
