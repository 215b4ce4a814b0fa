-- model: attribution.int_deal_split
-- grain: deal_key, partner_key
-- about: Each row is one partner's declared share of one counted deal, in 10^-12 of a percent, from the roles in effect (R37, R53); all of a deal's are multiples of `share_step`.
-- checks: unique(grain); not_null(deal_key, partner_key, share_units, deal_share_units)
with

roles as (

    select deal_key, partner_key, share, recorded_at, removed_at
    from staging.stg_deal_partners

),

deals as (

    select deal_key, deal_no, late_after_on, evidence_on
    from attribution.int_deal

),

directs as (

    select deal_key
    from attribution.int_deal_source
    where is_direct_by_override

),

setting as (

    select timezone
    from config.setting

),

in_effect as (

    select
        roles.deal_key,
        deals.deal_no,
        roles.partner_key,
        roles.share
    from roles
    cross join setting
    inner join deals on deals.deal_key = roles.deal_key
    left join directs on directs.deal_key = roles.deal_key
    where directs.deal_key is null
        and (roles.recorded_at is null or deals.late_after_on is null or local_date(roles.recorded_at, setting.timezone) <= deals.late_after_on)
        and (roles.removed_at is null or local_date(roles.removed_at, setting.timezone) > deals.evidence_on)

),

summed as (

    select
        deal_key,
        deal_no,
        partner_key,
        cast(sum(cast(coalesce(share, 0) * 1000000000000 as bigint)) as bigint) as share_units,
        count(share) as shares_given
    from in_effect
    group by deal_key, deal_no, partner_key

),

final as (

    select
        deal_key,
        deal_no,
        partner_key,
        share_units,
        cast(sum(share_units) over (partition by deal_no) as bigint) as deal_share_units,
        cast(sum(shares_given) over (partition by deal_no) as bigint) as deal_shares_given,
        -- hardly any share has more than six decimals, and what is divided by smaller weights takes a fraction of the time
        case when max(share_units % 1000000) over (partition by deal_no) = 0 then 1000000 else 1 end as share_step
    from summed

)

select * from final
