-- model: input.resolved_target
-- about: Each row is one target with its slice's key and its period's days; of several for one period of one slice the one with place 1 counts (R14).
with

setting as (

    select fiscal_year_start, as_of
    from config.setting

),

normal_types as (

    select * from (values
        ('referral'), ('co_sell'), ('agency'), ('integration'), ('reseller'), ('marketplace'), ('services'), ('affiliate')
    ) as normal_types (type)

),

-- a fiscal year is named after the year it ends in; month labels are calendar months (R27)
dated as (

    select
        targets.*,
        case
            when length(targets.period) = 4 then 'year'
            when targets.period[6] = 'Q' then 'quarter'
            else 'month'
        end as period_kind,
        case
            when length(targets.period) = 7 and targets.period[6] <> 'Q'
                then make_date(targets.period[1:4]::integer, targets.period[6:7]::integer, 1)
            else add_months(
                make_date(
                    targets.period[1:4]::integer - case when setting.fiscal_year_start = 1 then 0 else 1 end,
                    setting.fiscal_year_start,
                    1
                ),
                case when targets.period[6] = 'Q' then 3 * (targets.period[7]::integer - 1) else 0 end
            )
        end as starts_on
    from input.typed_targets as targets
    cross join setting
    where targets.problem is null

),

resolved as (

    select
        dated.source,
        dated.record_id,
        sources.position as source_position,
        positions.line,
        dated.slice,
        case dated.slice
            when 'program' then 'all'
            when 'partner' then partners.partner_key
            when 'type' then coalesce(mapped_types.type, normal_types.type, 'other')
            else dated.slice_key
        end as slice_key,
        dated.metric,
        dated.period,
        dated.period_kind,
        dated.starts_on,
        add_days(
            add_months(dated.starts_on, case dated.period_kind when 'year' then 12 when 'quarter' then 3 else 1 end),
            -1
        ) as ends_on,
        least(dated.starts_on, setting.as_of) as rate_day,
        dated.amount,
        dated.amount_minor,
        dated.currency
    from dated
    cross join setting
    inner join config.source as sources on sources.source = dated.source
    left join raw.position as positions
        on positions.source = dated.source
        and positions.stream = 'targets'
        and positions.id = dated.record_id
    left join staging.partner_record as partners on partners.record_key = dated.partner_reference
    left join config.partner_type as mapped_types on mapped_types.raw = normalise_word(dated.slice_key)
    left join normal_types on normal_types.type = normalise_word(dated.slice_key)

),

final as (

    select
        *,
        row_number() over (
            partition by slice, slice_key, metric, period
            order by source_position, line desc nulls last, length(record_id), record_id
        ) as place
    from resolved
    where slice_key is not null

)

select * from final
