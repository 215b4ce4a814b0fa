-- model: attribution.int_deal_partner
-- grain: deal_key, partner_key
-- ordered: yes
-- about: Each row is one partner of one counted deal: its source, or a partner with a qualifying touch (R48).
-- checks: unique(grain); not_null(deal_key, partner_key, is_source, touches); found(deal_key in attribution.int_deal.deal_key)
with

deals as (

    select deal_key, deal_no
    from attribution.int_deal

),

touches as (

    select deal_no, partner_key, occurred_at
    from attribution.int_verdict
    where verdict = 'counts' and not is_set_aside

),

sources as (

    select deal_no, source_partner_key
    from attribution.int_deal_source
    where source_partner_key is not null

),

gathered as (

    select
        deal_no,
        partner_key,
        0 as is_source,
        1 as touches,
        occurred_at
    from touches

    union all

    select
        deal_no,
        source_partner_key as partner_key,
        1 as is_source,
        0 as touches,
        cast(null as timestamptz) as occurred_at
    from sources

),

grouped as (

    select
        deal_no,
        partner_key,
        max(is_source) = 1 as is_source,
        cast(sum(touches) as bigint) as touches,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at
    from gathered
    group by deal_no, partner_key

),

final as (

    select
        deals.deal_key,
        grouped.deal_no,
        grouped.partner_key,
        grouped.is_source,
        grouped.touches,
        grouped.first_touch_at,
        grouped.last_touch_at,
        row_number() over (partition by grouped.deal_no order by grouped.partner_key) as place,
        count(*) over (partition by grouped.deal_no) as partners
    from grouped
    inner join deals on deals.deal_no = grouped.deal_no

)

select * from final
