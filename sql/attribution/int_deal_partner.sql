-- model: attribution.int_deal_partner
-- grain: deal_key, partner_key
-- about: Each row is one partner of one counted deal: its source, or a partner with a qualifying touch (R48).
-- checks: unique(grain); not_null(deal_key, partner_key, is_source, touches)
with

touches as (

    select deal_key, partner_key, occurred_at
    from attribution.int_touch
    where verdict = 'counts'

),

sources as (

    select deal_key, source_partner_key, is_direct_by_override
    from attribution.int_deal_source

),

gathered as (

    select
        touches.deal_key,
        touches.partner_key,
        0 as is_source,
        1 as touches,
        touches.occurred_at
    from touches
    inner join sources on sources.deal_key = touches.deal_key
    where not sources.is_direct_by_override

    union all

    select
        deal_key,
        source_partner_key as partner_key,
        1 as is_source,
        0 as touches,
        cast(null as timestamptz) as occurred_at
    from sources
    where source_partner_key is not null

),

grouped as (

    select
        deal_key,
        partner_key,
        max(is_source) = 1 as is_source,
        cast(sum(touches) as bigint) as touches,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at
    from gathered
    group by deal_key, partner_key

),

final as (

    select
        deal_key,
        partner_key,
        is_source,
        touches,
        first_touch_at,
        last_touch_at,
        count(*) over (partition by deal_key) as partners
    from grouped

)

select * from final
