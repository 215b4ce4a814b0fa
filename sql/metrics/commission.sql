-- into: metrics.flow
-- about: Lines of the commission ledger by their date, and what is held and owed on the as-of date.
with

setting as (

    select as_of
    from config.setting

),

entries as (

    select
        entries.partner_key,
        entries.kind,
        days.stretch_on,
        entries.payable_on <= setting.as_of as is_payable,
        sum(entries.amount_minor) as amount_minor,
        count(*) as n
    from marts.fct_commission as entries
    cross join setting
    inner join metrics.day as days on days.day = entries.entry_on
    group by all

),

-- R67: lines are signed, the metrics of their kinds are positive magnitudes
unioned as (

    select
        'commission_' || kind as metric,
        partner_key,
        stretch_on,
        case when kind = 'earned' then amount_minor else -amount_minor end as numerator,
        n
    from entries
    union all
    select
        case when is_payable then 'commission_owed' else 'commission_held' end as metric,
        partner_key,
        null as stretch_on,
        amount_minor as numerator,
        n
    from entries

),

final as (

    select metric, 'money' as unit, 'money' as parts, partner_key, stretch_on, numerator, n
    from unioned

)

select * from final
