-- into: metrics.flow
-- about: Of the partners by the day they agreed, those activated within the window; partners still inside it are in neither part.
with

setting as (

    select as_of, activation_window_days
    from config.setting

),

partners as (

    select
        partners.partner_key,
        days.stretch_on,
        partners.activated_on <= add_days(partners.agreed_on, setting.activation_window_days) as is_in_time
    from marts.dim_partner as partners
    cross join setting
    inner join metrics.day as days on days.day = partners.agreed_on
    where
        not partners.is_prospect
        and setting.as_of >= add_days(partners.agreed_on, setting.activation_window_days)

),

final as (

    select
        'activation_rate' as metric,
        'ratio' as unit,
        'plain' as parts,
        partner_key,
        stretch_on,
        case when is_in_time then 1 else 0 end as numerator,
        1 as denominator,
        1 as n
    from partners

)

select * from final
