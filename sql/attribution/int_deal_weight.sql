-- model: attribution.int_deal_weight
-- grain: deal_no, partner_key
-- about: Each row is one partner of one counted deal with its whole-number weight under each of the eight credit models; a share is weight over total, and without a weight there is none (R51, R53, R117). `partners` is how many share the deal, `place` the partner's among them by its key.
-- as: view
with

deals as (

    select deal_key, deal_no
    from attribution.int_deal

),

partners as (

    select deal_no, partner_key, is_source, place, partners
    from attribution.int_deal_partner

),

sources as (

    select deal_no, source_partner_key, source_rule
    from attribution.int_deal_source
    where source_partner_key is not null

),

path as (

    select deal_no, days_before, nearest_days_before, place, steps, partner_place
    from attribution.int_deal_path

),

splits as (

    select deal_no, partner_key, share_units // share_step as weight, deal_share_units // share_step as total_weight, deal_share_units
    from attribution.int_deal_split

),

setting as (

    select source_weight, half_life_days
    from config.setting

),

-- roles without shares are equal parts, a share of 0 earns nothing; without roles the source has all, and its rule is the basis (R53)
declared as (

    select
        deal_no,
        partner_key,
        case when deal_share_units = 0 then 1 else weight end as weight,
        case when deal_share_units = 0 then count(*) over (partition by deal_no) else total_weight end as total_weight,
        row_number() over (partition by deal_no order by partner_key) as place,
        count(*) over (partition by deal_no) as partners,
        case
            when deal_share_units = 0 then 'equal'
            when deal_share_units = 100000000000000 then 'given'
            else 'divided'
        end as basis
    from splits
    where weight > 0 or deal_share_units = 0

    union all

    select
        sources.deal_no,
        sources.source_partner_key as partner_key,
        1 as weight,
        1 as total_weight,
        1 as place,
        1 as partners,
        sources.source_rule as basis
    from sources
    anti join splits on splits.deal_no = sources.deal_no

),

-- the exponent is taken from the nearest touch, so the largest weight is always 10^12 and none is lost to a far close date (R51)
stepped as (

    select
        path.*,
        case
            when path.steps <= 2 then 1
            when path.place = 1 or path.place = path.steps then 40 * (path.steps - 2)
            else 20
        end as position_weight,
        cast(
            round(1000000000000 * power(2, -(path.days_before - path.nearest_days_before) / setting.half_life_days)) as bigint
        ) as decay_weight
    from path
    cross join setting

),

walked as (

    select
        deal_no,
        partner_place,
        count(*) as steps,
        min(steps) as total_steps,
        max(case when place = 1 then 1 end) as first_weight,
        max(case when place = steps then 1 end) as last_weight,
        cast(sum(position_weight) as bigint) as position_weight,
        cast(sum(decay_weight) as bigint) as decay_weight
    from stepped
    group by deal_no, partner_place

),

totals as (

    select deal_no, cast(sum(decay_weight) as bigint) as decay_total
    from walked
    group by deal_no

),

joined as (

    select
        coalesce(partners.deal_no, declared.deal_no) as deal_no,
        coalesce(partners.partner_key, declared.partner_key) as partner_key,
        partners.is_source,
        partners.place,
        partners.partners,
        declared.weight as declared_weight,
        declared.total_weight as declared_total,
        declared.place as declared_place,
        declared.partners as declared_partners,
        declared.basis as declared_basis
    from partners
    full join declared
        on declared.deal_no = partners.deal_no
        and declared.partner_key = partners.partner_key

),

-- a deal with one partner needs no path: every model that looks at touches gives that partner all of it
final as (

    select
        deals.deal_key,
        joined.deal_no,
        joined.partner_key,
        joined.place,
        joined.partners,
        case when joined.is_source then 1 end as sourced_weight,
        joined.declared_weight,
        joined.declared_total,
        joined.declared_place,
        joined.declared_partners,
        joined.declared_basis,
        case when joined.partners = 1 then 1 else walked.first_weight end as first_weight,
        case when joined.partners = 1 then 1 else walked.last_weight end as last_weight,
        walked.steps,
        walked.total_steps,
        case when joined.place is not null then 1 end as linear_weight,
        joined.partners as linear_total,
        case when joined.partners = 1 then 1 else walked.position_weight end as position_weight,
        -- two ends of 40 and what is between them of 20, each times the steps between
        case
            when joined.partners = 1 then 1
            when walked.total_steps <= 2 then walked.total_steps
            else 100 * (walked.total_steps - 2)
        end as position_total,
        case when joined.partners = 1 then 1 else nullif(walked.decay_weight, 0) end as decay_weight,
        case when joined.partners = 1 then 1 else totals.decay_total end as decay_total,
        case
            when joined.place is null then null
            when joined.partners = 1 or sources.deal_no is null then 1
            when joined.is_source then nullif(cast(setting.source_weight * 100 as bigint) * (joined.partners - 1), 0)
            else nullif(10000 - cast(setting.source_weight * 100 as bigint), 0)
        end as split_weight,
        case
            when joined.partners = 1 then 1
            when sources.deal_no is null then joined.partners
            else 10000 * (joined.partners - 1)
        end as split_total
    from joined
    cross join setting
    inner join deals on deals.deal_no = joined.deal_no
    left join sources on sources.deal_no = joined.deal_no
    left join walked
        on walked.deal_no = joined.deal_no
        and walked.partner_place = joined.place
    left join totals on totals.deal_no = joined.deal_no

)

select * from final
