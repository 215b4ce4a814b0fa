-- model: metrics.closed_deals
-- keep: no
-- about: Each row adds up the deals of one class, source partner and certification that closed in one stretch of days.
-- checks: unique(class, partner_key, is_certified, stretch_on); not_null(class, is_certified, stretch_on)
with

deals as (

    select deal_key, class, source_partner_key, state, created_on, closed_on, amount_minor, amount_reporting_minor, cycle_days
    from marts.fct_deal
    where state in ('won', 'lost')

),

-- R118: the source held any certification on the created date
beginnings as (

    select distinct source_partner_key as partner_key, created_on
    from deals
    where source_partner_key is not null

),

certified as (

    select distinct beginnings.partner_key, beginnings.created_on
    from beginnings
    inner join staging.stg_certifications as certifications
        on certifications.partner_key = beginnings.partner_key
        and certifications.earned_on <= beginnings.created_on
    where certifications.expires_on is null or certifications.expires_on >= beginnings.created_on

),

final as (

    select
        deals.class,
        deals.source_partner_key as partner_key,
        certified.partner_key is not null as is_certified,
        days.stretch_on,
        count(*) filter (where deals.state = 'won') as won,
        count(*) as closed,
        -- amounts without a rate are in no total
        sum(deals.amount_reporting_minor) filter (where deals.state = 'won') as won_minor,
        count(deals.amount_reporting_minor) filter (where deals.state = 'won') as won_amounts,
        sum(deals.amount_reporting_minor) as closed_minor,
        count(deals.amount_reporting_minor) as closed_amounts,
        sum(deals.amount_reporting_minor) filter (where deals.state = 'won' and deals.amount_minor > 0) as positive_minor,
        count(deals.amount_reporting_minor) filter (where deals.state = 'won' and deals.amount_minor > 0) as positive_amounts,
        sum(deals.cycle_days) filter (where deals.state = 'won' and deals.cycle_days >= 0) as cycle_days,
        count(*) filter (where deals.state = 'won' and deals.cycle_days >= 0) as cycles
    from deals
    inner join metrics.day as days on days.day = deals.closed_on
    left join certified
        on certified.partner_key = deals.source_partner_key
        and certified.created_on = deals.created_on
    group by all

)

select * from final
