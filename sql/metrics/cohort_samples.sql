-- into: metrics.sample
-- about: Days from a partner's agreement to its first registration and to its first win.
with

partners as (

    select partners.partner_key, partners.agreed_on, days.stretch_on
    from marts.dim_partner as partners
    inner join metrics.day as days on days.day = partners.agreed_on
    where not partners.is_prospect

),

first_registrations as (

    select partner_key, min(submitted_on) as first_on
    from marts.fct_registration
    group by partner_key

),

first_wins as (

    select source_partner_key as partner_key, min(closed_on) as first_on
    from marts.fct_deal
    where state = 'won' and source_partner_key is not null
    group by source_partner_key

),

firsts as (

    select 'days_to_first_registration_median' as metric, partner_key, first_on
    from first_registrations
    union all
    select 'days_to_first_win_median' as metric, partner_key, first_on
    from first_wins

),

-- R84: a first event before the agreement is left out
final as (

    select
        firsts.metric,
        'days' as unit,
        0.5 as quantile,
        partners.partner_key,
        partners.stretch_on,
        day_diff(partners.agreed_on, firsts.first_on) as value
    from firsts
    inner join partners on partners.partner_key = firsts.partner_key
    where firsts.first_on >= partners.agreed_on

)

select * from final
