-- model: input.hubspot_declaration
-- grain: source, deal_id
-- about: Each row is one deal's own partner as the history of the mapped property tells it at the evidence date (R88), and when it was declared.
with

setting as (

    select timezone, late_days, evidence, as_of_moment
    from config.setting

),

column_map as (

    select
        source,
        columns['partner_id'] as partner_field,
        columns['partner_role'] as role_field
    from input.column_map
    where entity = 'deals' and columns['partner_id'] is not null

),

-- today's value counts for an open deal, and for every deal when evidence is taken as it stands now
deals as (

    select
        deals.source,
        deals.id,
        deals.histories,
        column_map.partner_field,
        column_map.role_field,
        case
            when deals.state = 'open' or setting.evidence = 'current' then setting.as_of_moment
            else coalesce(
                least(
                    timezone(setting.timezone, (try_cast(deals.closed_on as date) + setting.late_days + 1)::timestamp),
                    setting.as_of_moment
                ),
                setting.as_of_moment
            )
        end as evidence_until
    from input.hubspot_deal as deals
    cross join setting
    inner join column_map on column_map.source = deals.source

),

partner_opened as (

    select
        source,
        id,
        evidence_until,
        unnest(
            from_json(
                histories -> ('$.' || partner_field),
                '[{ "value": "VARCHAR", "timestamp": "VARCHAR" }]'
            )
        ) as entry
    from deals

),

role_opened as (

    select
        source,
        id,
        evidence_until,
        unnest(
            from_json(
                histories -> ('$.' || role_field),
                '[{ "value": "VARCHAR", "timestamp": "VARCHAR" }]'
            )
        ) as entry
    from deals
    where role_field is not null

),

partner_values as (

    select
        source,
        id,
        evidence_until,
        cell(entry.value) as value,
        entry.timestamp as set_at,
        try_cast(entry.timestamp as timestamptz) as moment
    from partner_opened

),

-- a value written again was declared when it was first written
partner_changes as (

    select *
    from (
        select
            *,
            lag(value) over (partition by source, id order by moment) as value_before,
            row_number() over (partition by source, id order by moment) as change
        from partner_values
    )
    where change = 1 or value is distinct from value_before

),

-- what was withdrawn before the evidence date is gone, and what was declared only after it is listed as late elsewhere
partner_ranked as (

    select
        source,
        id,
        value,
        set_at,
        row_number() over (
            partition by source, id
            order by
                moment >= evidence_until,
                abs(epoch_us(evidence_until) - epoch_us(moment))
        ) as place
    from partner_changes
    where value is not null or moment < evidence_until

),

partners as (

    select source, id, value, set_at
    from partner_ranked
    where place = 1

),

role_ranked as (

    select
        source,
        id,
        cell(entry.value) as value,
        row_number() over (
            partition by source, id
            order by
                try_cast(entry.timestamp as timestamptz) >= evidence_until,
                abs(epoch_us(evidence_until) - epoch_us(try_cast(entry.timestamp as timestamptz)))
        ) as place
    from role_opened

),

final as (

    select
        partners.source,
        partners.id as deal_id,
        partners.value as partner_id,
        partners.set_at as declared_at,
        role_ranked.value as partner_role
    from partners
    left join role_ranked
        on role_ranked.source = partners.source
        and role_ranked.id = partners.id
        and role_ranked.place = 1

)

select * from final
