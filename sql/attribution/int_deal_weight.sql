-- model: attribution.int_deal_weight
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's whole-number weight in one counted deal under one credit model; its share is weight over total_weight (R51, R53, R117). `partners` is how many share under the model at most, `place` the partner's among them by its key.
-- as: view
with

partners as (

    select deal_key, partner_key, is_source, place, partners
    from attribution.int_deal_partner

),

sources as (

    select deal_key, source_partner_key, source_rule
    from attribution.int_deal_source
    where source_partner_key is not null

),

path as (

    select deal_key, partner_key, kind, occurred_on, days_before, nearest_days_before, place, steps, partner_place, partners
    from attribution.int_deal_path

),

splits as (

    select deal_key, partner_key, share_units, deal_share_units
    from attribution.int_deal_split

),

setting as (

    select source_weight, half_life_days
    from config.setting

),

sourced_wins as (

    select
        deal_key,
        source_partner_key as partner_key,
        'sourced_wins' as model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        cast(1 as bigint) as place,
        cast(1 as bigint) as partners,
        'The source, by ' || case source_rule when 'declared' then 'declaration' else source_rule end as reason
    from sources

),

declared_shares as (

    select
        deal_key,
        partner_key,
        'declared_split' as model,
        share_units as weight,
        deal_share_units as total_weight,
        row_number() over (partition by deal_key order by partner_key) as place,
        count(*) over (partition by deal_key) as partners,
        case
            when deal_share_units = 100000000 then 'The share given on the deal'
            else 'The share given on the deal; the shares do not add up to 100 and are divided by their sum'
        end as reason
    from splits
    where share_units > 0

),

declared_equals as (

    select
        deal_key,
        partner_key,
        'declared_split' as model,
        cast(1 as bigint) as weight,
        count(*) over (partition by deal_key) as total_weight,
        row_number() over (partition by deal_key order by partner_key) as place,
        count(*) over (partition by deal_key) as partners,
        'Roles on the deal without shares: equal parts' as reason
    from splits
    where deal_share_units = 0

),

declared_fallback as (

    select
        sources.deal_key,
        sources.source_partner_key as partner_key,
        'declared_split' as model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        cast(1 as bigint) as place,
        cast(1 as bigint) as partners,
        case sources.source_rule
            when 'declared'
                then 'No list of partner roles is in effect on the deal, only the source named on the deal itself, so all goes to the source'
            else 'No list of partner roles is in effect on the deal, so all goes to the source, by ' || sources.source_rule
        end as reason
    from sources
    left join (select distinct deal_key from splits) as split_deals on split_deals.deal_key = sources.deal_key
    where split_deals.deal_key is null

),

-- a deal with one partner needs no path: every model that looks at touches gives that partner all of it
alone as (

    select
        partners.deal_key,
        partners.partner_key,
        models.model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        partners.place,
        partners.partners,
        'The only partner of the deal' as reason
    from partners
    cross join (
        values ('first_touch'), ('last_touch'), ('linear'), ('position'), ('time_decay'), ('source_split')
    ) as models (model)
    where partners.partners = 1

),

first_and_last as (

    select
        deal_key,
        partner_key,
        'first_touch' as model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        cast(1 as bigint) as place,
        cast(1 as bigint) as partners,
        'The first of ' || steps || ' touches: ' || kind || ' on ' || say_date(occurred_on) as reason
    from path
    where place = 1

    union all

    select
        deal_key,
        partner_key,
        'last_touch' as model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        cast(1 as bigint) as place,
        cast(1 as bigint) as partners,
        'The last of ' || steps || ' touches: ' || kind || ' on ' || say_date(occurred_on) as reason
    from path
    where place = steps

),

linear as (

    select
        deal_key,
        partner_key,
        'linear' as model,
        cast(1 as bigint) as weight,
        partners as total_weight,
        place,
        partners,
        'One of ' || partners || ' partners' as reason
    from partners
    where partners > 1

),

-- the exponent is taken from the nearest touch, so the largest weight is always 10^12 and none is lost to a far close date (R51)
stepped as (

    select
        path.deal_key,
        path.partner_key,
        path.partner_place,
        path.partners,
        path.steps,
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
        deal_key,
        partner_key,
        min(partner_place) as place,
        min(partners) as partners,
        count(*) as steps,
        min(steps) as total_steps,
        cast(sum(position_weight) as bigint) as position_weight,
        cast(sum(decay_weight) as bigint) as decay_weight
    from stepped
    group by deal_key, partner_key

),

walked_totals as (

    select
        *,
        -- two ends of 40 and what is between them of 20, each times the steps between
        case when total_steps <= 2 then total_steps else 100 * (total_steps - 2) end as total_position_weight,
        cast(sum(decay_weight) over (partition by deal_key) as bigint) as total_decay_weight
    from walked

),

touched as (

    select
        deal_key,
        partner_key,
        'position' as model,
        position_weight as weight,
        total_position_weight as total_weight,
        place,
        partners,
        steps || ' of ' || total_steps || ' touches, by their place' as reason
    from walked_totals

    union all

    select
        deal_key,
        partner_key,
        'time_decay' as model,
        decay_weight as weight,
        total_decay_weight as total_weight,
        place,
        partners,
        steps || ' of ' || total_steps || ' touches, by their days before close' as reason
    from walked_totals
    where decay_weight > 0

),

company as (

    select
        deal_key,
        partner_key,
        is_source,
        place,
        partners,
        max(case when is_source then 1 else 0 end) over (partition by deal_key) as has_source
    from partners
    where partners > 1

),

source_split as (

    select
        company.deal_key,
        company.partner_key,
        'source_split' as model,
        case
            when company.has_source = 0 then 1
            when company.is_source then cast(setting.source_weight * 100 as bigint) * (company.partners - 1)
            else 10000 - cast(setting.source_weight * 100 as bigint)
        end as weight,
        case when company.has_source = 0 then company.partners else 10000 * (company.partners - 1) end as total_weight,
        company.place,
        company.partners,
        case
            when company.has_source = 0 then 'One of ' || company.partners || ' partners, none of them the source'
            when company.is_source then 'The source'
            when company.partners = 2 then 'The only partner besides the source'
            else 'One of ' || (company.partners - 1) || ' partners besides the source'
        end as reason
    from company
    cross join setting

),

final as (

    select * from sourced_wins
    union all
    select * from declared_shares
    union all
    select * from declared_equals
    union all
    select * from declared_fallback
    union all
    select * from alone
    union all
    select * from first_and_last
    union all
    select * from linear
    union all
    select * from touched
    union all
    select * from source_split
    where weight > 0

)

select * from final
