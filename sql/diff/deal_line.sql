-- model: difference.deal_line
-- about: Each row is one step of one difference in bookings, by class, by source and by influencing partner.
-- checks: not_null(measure, deal_key, step, before_minor, after_minor, reason, detail)
with

deals as (

    select *
    from difference.deal

),

steps as (

    select deal_key, step, from_minor, to_minor, reason, detail
    from difference.deal_step

),

causes as (

    select deal_key, reason, detail
    from difference.cause

),

differing as (

    select deal_key from steps
    union
    select deal_key from causes

),

partners_before as (

    select partners.deal_key, partners.partner_key, partners.is_source
    from before.marts.fct_deal_partner as partners
    inner join differing on differing.deal_key = partners.deal_key

),

partners_after as (

    select partners.deal_key, partners.partner_key, partners.is_source
    from after.marts.fct_deal_partner as partners
    inner join differing on differing.deal_key = partners.deal_key

),

-- a deal that comes brings its partners with it, one that goes takes them along
partners as (

    select
        deals.deal_key,
        coalesce(partners_after.partner_key, partners_before.partner_key) as partner_key,
        case when deals.is_in_scope_before then partners_before.is_source else partners_after.is_source end as is_source_before,
        case when deals.is_in_scope_after then partners_after.is_source else partners_before.is_source end as is_source_after,
        deals.booked_minor_after
    from partners_before
    full join partners_after
        on partners_after.deal_key = partners_before.deal_key
        and partners_after.partner_key = partners_before.partner_key
    inner join deals on deals.deal_key = coalesce(partners_after.deal_key, partners_before.deal_key)

),

sides as (

    select measure, is_source
    from (values ('credited_bookings', true), ('influenced_bookings', false)) as listed (measure, is_source)

),

final as (

    select
        'bookings' as measure,
        steps.deal_key,
        case when deals.is_in_scope_before then deals.class_before else deals.class_after end as class,
        cast(null as varchar) as partner_key,
        steps.step,
        steps.from_minor as before_minor,
        steps.to_minor as after_minor,
        steps.reason,
        steps.detail
    from steps
    inner join deals on deals.deal_key = steps.deal_key

    union all

    select 'bookings' as measure, deals.deal_key, deals.class_before as class, null as partner_key, 3 as step,
        deals.booked_minor_after as before_minor, 0 as after_minor, causes.reason, causes.detail
    from deals
    inner join causes on causes.deal_key = deals.deal_key
    where deals.is_in_scope_before and deals.is_in_scope_after and deals.class_before <> deals.class_after

    union all

    select 'bookings' as measure, deals.deal_key, deals.class_after as class, null as partner_key, 3 as step,
        0 as before_minor, deals.booked_minor_after as after_minor, causes.reason, causes.detail
    from deals
    inner join causes on causes.deal_key = deals.deal_key
    where deals.is_in_scope_before and deals.is_in_scope_after and deals.class_before <> deals.class_after

    union all

    select
        sides.measure,
        partners.deal_key,
        null as class,
        partners.partner_key,
        steps.step,
        steps.from_minor as before_minor,
        steps.to_minor as after_minor,
        steps.reason,
        steps.detail
    from partners
    inner join sides on sides.is_source = partners.is_source_before
    inner join steps on steps.deal_key = partners.deal_key

    union all

    select sides.measure, partners.deal_key, null as class, partners.partner_key, 3 as step,
        case when partners.is_source_before is not distinct from sides.is_source then partners.booked_minor_after else 0 end as before_minor,
        case when partners.is_source_after is not distinct from sides.is_source then partners.booked_minor_after else 0 end as after_minor,
        causes.reason,
        causes.detail
    from partners
    cross join sides
    inner join causes on causes.deal_key = partners.deal_key
    where partners.is_source_before is not distinct from sides.is_source
        and partners.is_source_after is distinct from sides.is_source
        or partners.is_source_before is distinct from sides.is_source
        and partners.is_source_after is not distinct from sides.is_source

)

select * from final
