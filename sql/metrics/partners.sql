-- into: metrics.flow
-- about: Partners by state on the as-of date, and how many of them are certified.
with

setting as (

    select as_of, activation_window_days
    from config.setting

),

certified as (

    select distinct certifications.partner_key
    from staging.stg_certifications as certifications
    cross join setting
    where
        certifications.earned_on <= setting.as_of
        and (certifications.expires_on is null or certifications.expires_on >= setting.as_of)

),

partners as (

    select
        partners.partner_key,
        partners.is_counted,
        partners.state,
        partners.activated_on is not null as is_activated,
        -- R35: inside the window whether activated or not; ended partners count, prospects do not
        not partners.is_prospect
        and partners.agreed_on <= setting.as_of
        and setting.as_of < add_days(partners.agreed_on, setting.activation_window_days) as is_pending,
        certified.partner_key is not null as is_certified
    from marts.dim_partner as partners
    cross join setting
    left join certified on certified.partner_key = partners.partner_key

),

unioned as (

    select 'partners' as metric, partner_key, 1 as numerator, null as denominator
    from partners
    where is_counted
    union all
    select state || '_partners' as metric, partner_key, 1 as numerator, null as denominator
    from partners
    where is_counted and state in ('active', 'dormant', 'never_activated')
    union all
    select 'activated_partners' as metric, partner_key, 1 as numerator, null as denominator
    from partners
    where is_counted and is_activated
    union all
    select 'activation_pending' as metric, partner_key, 1 as numerator, null as denominator
    from partners
    where is_pending
    union all
    select 'certified_partners' as metric, partner_key, 1 as numerator, null as denominator
    from partners
    where is_counted and is_certified
    union all
    select 'certified_share' as metric, partner_key, case when is_certified then 1 else 0 end as numerator, 1 as denominator
    from partners
    where is_counted

),

final as (

    select
        metric,
        case when denominator is null then 'count' else 'ratio' end as unit,
        'plain' as parts,
        partner_key,
        null as stretch_on,
        numerator,
        denominator,
        1 as n
    from unioned

)

select * from final
