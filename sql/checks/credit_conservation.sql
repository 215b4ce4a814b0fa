-- check: credit_conservation
-- severity: error
-- stops: yes
-- about: Credit adds up to the deal: under every model the weights are their total, the parts of a won deal are its amount and the shares of any deal are exactly 1.
with

totals as (

    select
        deal_key,
        max(deal_minor) as deal_minor,
        max(partners) as partners,
        sum(sourced_weight) as sourced_weight,
        sum(first_weight) as first_weight,
        sum(last_weight) as last_weight,
        max(declared_total) as declared_total,
        sum(declared_weight) as declared_weight,
        sum(declared_share) as declared_share,
        sum(declared_minor) as declared_minor,
        sum(linear_weight) as linear_weight,
        sum(linear_share) as linear_share,
        sum(linear_minor) as linear_minor,
        max(position_total) as position_total,
        sum(position_weight) as position_weight,
        sum(position_share) as position_share,
        sum(position_minor) as position_minor,
        max(decay_total) as decay_total,
        sum(decay_weight) as decay_weight,
        sum(decay_share) as decay_share,
        sum(decay_minor) as decay_minor,
        max(split_total) as split_total,
        sum(split_weight) as split_weight,
        sum(split_share) as split_share,
        sum(split_minor) as split_minor
    from attribution.int_deal_part
    group by deal_key

),

deals as (

    select deal_key, state, amount_reporting_minor, case when state = 'won' then amount_reporting_minor end as credited_minor
    from marts.fct_deal

),

-- only deals of which anything does not add up are listed model by model
broken as (

    select totals.*, deals.state, deals.amount_reporting_minor, deals.credited_minor
    from totals
    left join deals on deals.deal_key = totals.deal_key
    where deals.deal_key is null
        or totals.deal_minor is distinct from deals.credited_minor
        or totals.sourced_weight <> 1
        or totals.first_weight <> 1
        or totals.last_weight <> 1
        or totals.declared_weight <> totals.declared_total
        or (totals.declared_weight is not null and totals.declared_share is distinct from 1000000000000)
        or (totals.declared_weight is not null and totals.declared_minor is distinct from deals.credited_minor)
        or totals.linear_weight <> totals.partners
        or (totals.linear_weight is not null and totals.linear_share is distinct from 1000000000000)
        or (totals.linear_weight is not null and totals.linear_minor is distinct from deals.credited_minor)
        or totals.position_weight <> totals.position_total
        or (totals.position_weight is not null and totals.position_share is distinct from 1000000000000)
        or (totals.position_weight is not null and totals.position_minor is distinct from deals.credited_minor)
        or totals.decay_weight <> totals.decay_total
        or (totals.decay_weight is not null and totals.decay_share is distinct from 1000000000000)
        or (totals.decay_weight is not null and totals.decay_minor is distinct from deals.credited_minor)
        or totals.split_weight <> totals.split_total
        or (totals.split_weight is not null and totals.split_share is distinct from 1000000000000)
        or (totals.split_weight is not null and totals.split_minor is distinct from deals.credited_minor)

),

listed as (

    select deal_key, state, amount_reporting_minor, credited_minor, 'sourced_wins' as model, sourced_weight as weight, 1 as total_weight, 1000000000000 * sourced_weight as share_parts, sourced_weight * deal_minor as parts_minor
    from broken
    where sourced_weight is not null
    union all
    select deal_key, state, amount_reporting_minor, credited_minor, 'declared_split' as model, declared_weight as weight, declared_total as total_weight, declared_share as share_parts, declared_minor as parts_minor
    from broken
    where declared_weight is not null
    union all
    select deal_key, state, amount_reporting_minor, credited_minor, 'first_touch' as model, first_weight as weight, 1 as total_weight, 1000000000000 * first_weight as share_parts, first_weight * deal_minor as parts_minor
    from broken
    where first_weight is not null
    union all
    select deal_key, state, amount_reporting_minor, credited_minor, 'last_touch' as model, last_weight as weight, 1 as total_weight, 1000000000000 * last_weight as share_parts, last_weight * deal_minor as parts_minor
    from broken
    where last_weight is not null
    union all
    select deal_key, state, amount_reporting_minor, credited_minor, 'linear' as model, linear_weight as weight, partners as total_weight, linear_share as share_parts, linear_minor as parts_minor
    from broken
    where linear_weight is not null
    union all
    select deal_key, state, amount_reporting_minor, credited_minor, 'position' as model, position_weight as weight, position_total as total_weight, position_share as share_parts, position_minor as parts_minor
    from broken
    where position_weight is not null
    union all
    select deal_key, state, amount_reporting_minor, credited_minor, 'time_decay' as model, decay_weight as weight, decay_total as total_weight, decay_share as share_parts, decay_minor as parts_minor
    from broken
    where decay_weight is not null
    union all
    select deal_key, state, amount_reporting_minor, credited_minor, 'source_split' as model, split_weight as weight, split_total as total_weight, split_share as share_parts, split_minor as parts_minor
    from broken
    where split_weight is not null

),

final as (

    select
        'deals' as entity,
        listed.deal_key as entity_key,
        'the parts under ' || listed.model || ' add up to ' || coalesce(cast(listed.parts_minor as varchar), 'nothing')
        || ' minor units, ' || listed.share_parts || ' of 1000000000000 parts of a share and ' || listed.weight || ' of '
        || listed.total_weight || ' of the weight; the deal has '
        || coalesce(cast(listed.amount_reporting_minor as varchar), 'no amount') as message,
        'this is a defect of the models: report it with the deal''s explanation' as fix,
        listed.amount_reporting_minor
    from listed
    where listed.state is null
        or listed.weight <> listed.total_weight
        or listed.share_parts is distinct from 1000000000000
        or listed.parts_minor is distinct from listed.credited_minor

)

select * from final
