-- into: metrics.slice_flow
-- about: Amounts of deals that partners influence or touch: each deal once in every slice, whatever the number of its partners there (R91).
with

deals as (

    select
        deals.deal_key,
        numbers.deal_no,
        deals.state,
        deals.class,
        deals.amount_reporting_minor,
        created.stretch_on as created_stretch_on,
        closed.stretch_on as closed_stretch_on
    from marts.fct_deal as deals
    inner join attribution.int_deal as numbers on numbers.deal_key = deals.deal_key
    left join metrics.day as created on created.day = deals.created_on
    left join metrics.day as closed on closed.day = deals.closed_on
    where deals.class in ('sourced', 'influenced')

),

cash as (

    select cash.deal_key, days.stretch_on, sum(cash.collected_reporting_minor) as amount_minor, count(*) as n
    from marts.fct_cash as cash
    inner join metrics.day as days on days.day = cash.occurred_on
    where cash.collected_reporting_minor is not null
    group by cash.deal_key, days.stretch_on

),

-- what counts of a deal, on which days; without a stretch it is the state on the as-of date
amounts as (

    select deal_no, class, 'bookings' as what, closed_stretch_on as stretch_on, amount_reporting_minor as amount_minor, 1 as n
    from deals
    where state = 'won' and closed_stretch_on is not null and amount_reporting_minor is not null
    union all
    select deal_no, class, 'pipeline' as what, null as stretch_on, amount_reporting_minor as amount_minor, 1 as n
    from deals
    where state = 'open' and amount_reporting_minor is not null
    union all
    select deal_no, class, 'created' as what, created_stretch_on as stretch_on, amount_reporting_minor as amount_minor, 1 as n
    from deals
    where created_stretch_on is not null and amount_reporting_minor is not null
    union all
    select deals.deal_no, deals.class, 'collected' as what, cash.stretch_on, cash.amount_minor, cash.n
    from cash
    inner join deals on deals.deal_key = cash.deal_key

),

members as (

    select partner_key, slice, slice_id
    from metrics.slice_member
    where slice <> 'program'

),

deal_slices as (

    -- a partner stands once on a deal, so only the other slices can meet it several times
    select
        deal_partners.deal_no,
        members.slice_id,
        case when deal_partners.is_source then 0 else 1 end as is_influence
    from attribution.int_deal_partner as deal_partners
    inner join members on members.partner_key = deal_partners.partner_key
    where members.slice = 'partner'

    union all

    select
        deal_partners.deal_no,
        members.slice_id,
        max(case when deal_partners.is_source then 0 else 1 end) as is_influence
    from attribution.int_deal_partner as deal_partners
    inner join members on members.partner_key = deal_partners.partner_key
    where members.slice <> 'partner'
    group by deal_partners.deal_no, members.slice_id

),

totals as (

    select
        amounts.what,
        deal_slices.slice_id,
        deal_slices.is_influence,
        amounts.stretch_on,
        sum(amounts.amount_minor) as amount_minor,
        sum(amounts.n) as n
    from amounts
    inner join deal_slices on deal_slices.deal_no = amounts.deal_no
    group by all

    union all

    -- the program's influence leaves sourced deals out
    select
        amounts.what,
        slices.slice_id,
        case when amounts.class = 'influenced' then 1 else 0 end as is_influence,
        amounts.stretch_on,
        sum(amounts.amount_minor) as amount_minor,
        sum(amounts.n) as n
    from amounts
    cross join metrics.slice as slices
    where slices.slice = 'program'
    group by all

),

unioned as (

    select
        case what
            when 'bookings' then 'influenced_bookings'
            when 'pipeline' then 'influenced_pipeline'
            when 'created' then 'created_pipeline.influenced'
            when 'collected' then 'influenced_collected'
        end as metric,
        slice_id,
        stretch_on,
        amount_minor,
        n
    from totals
    where is_influence = 1
    union all
    select 'touched_bookings' as metric, slice_id, stretch_on, amount_minor, n
    from totals
    where what = 'bookings'

),

final as (

    select metric, 'money' as unit, 'money' as parts, slice_id, stretch_on, amount_minor as numerator, n
    from unioned

)

select * from final
