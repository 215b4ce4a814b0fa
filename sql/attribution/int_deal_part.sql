-- model: attribution.int_deal_part
-- grain: deal_key, partner_key
-- about: Each row is one partner of one counted deal with its weight and its share, in 10^-12, under each credit model, and its part of a won deal's amount; shares and parts add up exactly (R26, R54).
-- checks: unique(grain); not_null(deal_key, partner_key)
with

won_deals as (

    select numbers.deal_no, deals.amount_reporting_minor
    from marts.fct_deal as deals
    inner join attribution.int_deal as numbers on numbers.deal_key = deals.deal_key
    where deals.state = 'won'

),

-- a partner's number on its deal is its place there, or below 0 its place among those that are only declared
weighed as (

    select
        weights.*,
        coalesce(weights.place, -weights.declared_place) as partner_no,
        won_deals.amount_reporting_minor as deal_minor
    from attribution.int_deal_weight as weights
    left join won_deals on won_deals.deal_no = weights.deal_no

),

-- most deals have one partner, two, or several alike: what each of them gets needs no look at the others
alone as (

    select
        *,
        sole_share(declared_weight, declared_total, declared_partners, declared_place) as declared_share,
        sole_part(deal_minor, declared_weight, declared_total, declared_partners, declared_place) as declared_parts,
        sole_share(linear_weight, linear_total, partners, place) as linear_share,
        sole_part(deal_minor, linear_weight, linear_total, partners, place) as linear_parts,
        sole_share(position_weight, position_total, partners, place) as position_share,
        sole_part(deal_minor, position_weight, position_total, partners, place) as position_parts,
        sole_share(decay_weight, decay_total, partners, place) as decay_share,
        sole_part(deal_minor, decay_weight, decay_total, partners, place) as decay_parts,
        sole_share(split_weight, split_total, partners, place) as split_share,
        sole_part(deal_minor, split_weight, split_total, partners, place) as split_parts
    from weighed

),

crowded as (

    select deal_no, partner_no, 'declared' as model, declared_weight as weight, declared_total as total_weight, declared_place as place, deal_minor
    from alone
    where declared_weight is not null and declared_share is null
    union all
    select deal_no, partner_no, 'position' as model, position_weight as weight, position_total as total_weight, place as place, deal_minor
    from alone
    where position_weight is not null and position_share is null
    union all
    select deal_no, partner_no, 'decay' as model, decay_weight as weight, decay_total as total_weight, place as place, deal_minor
    from alone
    where decay_weight is not null and decay_share is null
    union all
    select deal_no, partner_no, 'split' as model, split_weight as weight, split_total as total_weight, place as place, deal_minor
    from alone
    where split_weight is not null and split_share is null

),

floored as (

    select
        *,
        floor_share(1000000000000, weight, total_weight) as share_parts,
        share_remainder(1000000000000, weight, total_weight) as share_left,
        floor_share(deal_minor, weight, total_weight) as minor_parts,
        share_remainder(deal_minor, weight, total_weight) as minor_left
    from crowded

),

-- remainders add up to the units left over times the total weight; the largest remainders get those units (R26)
ranked as (

    select
        deal_no,
        partner_no,
        model,
        share_parts
        + case
            when place = min(place) over (partition by deal_no, model)
                then cast(sum(share_left) over (partition by deal_no, model) as bigint) // total_weight
            else 0
        end as share,
        minor_parts
        + case
            when row_number() over (partition by deal_no, model order by minor_left desc, weight desc, place) * total_weight
                <= sum(minor_left) over (partition by deal_no, model) then 1
            else 0
        end as parts
    from floored

),

together as (

    select
        deal_no,
        partner_no,
        max(case when model = 'declared' then share end) as declared_share,
        max(case when model = 'declared' then parts end) as declared_parts,
        max(case when model = 'position' then share end) as position_share,
        max(case when model = 'position' then parts end) as position_parts,
        max(case when model = 'decay' then share end) as decay_share,
        max(case when model = 'decay' then parts end) as decay_parts,
        max(case when model = 'split' then share end) as split_share,
        max(case when model = 'split' then parts end) as split_parts
    from ranked
    group by deal_no, partner_no

),

final as (

    select
        alone.deal_key,
        alone.deal_no,
        alone.partner_key,
        alone.place,
        alone.partners,
        alone.sourced_weight,
        alone.first_weight,
        alone.last_weight,
        alone.steps,
        alone.total_steps,
        alone.declared_basis,
        alone.declared_place,
        alone.declared_partners,
        alone.declared_weight,
        alone.declared_total,
        alone.linear_weight,
        alone.position_weight,
        alone.position_total,
        alone.decay_weight,
        alone.decay_total,
        alone.split_weight,
        alone.split_total,
        alone.deal_minor,
        coalesce(alone.declared_share, together.declared_share) as declared_share,
        cast(sign(alone.deal_minor) * coalesce(alone.declared_parts, together.declared_parts) as bigint) as declared_minor,
        alone.linear_share,
        cast(sign(alone.deal_minor) * alone.linear_parts as bigint) as linear_minor,
        coalesce(alone.position_share, together.position_share) as position_share,
        cast(sign(alone.deal_minor) * coalesce(alone.position_parts, together.position_parts) as bigint) as position_minor,
        coalesce(alone.decay_share, together.decay_share) as decay_share,
        cast(sign(alone.deal_minor) * coalesce(alone.decay_parts, together.decay_parts) as bigint) as decay_minor,
        coalesce(alone.split_share, together.split_share) as split_share,
        cast(sign(alone.deal_minor) * coalesce(alone.split_parts, together.split_parts) as bigint) as split_minor
    from alone
    left join together
        on together.deal_no = alone.deal_no
        and together.partner_no = alone.partner_no

)

select * from final
order by deal_no, partner_key
