-- model: attribution.int_deal_credit
-- grain: deal_key, partner_key, model
-- about: Each row is one partner's share of one counted deal under one credit model, and its part of a won deal's amount, with the reason in words.
-- as: view
-- All models of a partner stand in one row of int_deal_part, so that eight times as many rows with their words need not be kept.
with

parts as (

    select *
    from attribution.int_deal_part

),

sources as (

    select deal_no, source_rule
    from attribution.int_deal_source

),

firsts as (

    select deal_no, kind, occurred_on
    from attribution.int_deal_path
    where place = 1

),

lasts as (

    select deal_no, kind, occurred_on
    from attribution.int_deal_path
    where place = steps

),

listed as (

    select
        parts.deal_key,
        parts.partner_key,
        'sourced_wins' as model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        cast(1 as bigint) as place,
        cast(1 as bigint) as partners,
        1000000000000 as share_parts,
        parts.deal_minor as amount_reporting_minor,
        'The source, by ' || case sources.source_rule when 'declared' then 'declaration' else sources.source_rule end as reason
    from parts
    inner join sources on sources.deal_no = parts.deal_no
    where parts.sourced_weight is not null

    union all

    select
        deal_key,
        partner_key,
        'declared_split' as model,
        cast(declared_weight as bigint) as weight,
        cast(declared_total as bigint) as total_weight,
        cast(declared_place as bigint) as place,
        cast(declared_partners as bigint) as partners,
        declared_share as share_parts,
        declared_minor as amount_reporting_minor,
        case
            when declared_basis = 'given' then 'The share given on the deal'
            when declared_basis = 'divided' then 'The share given on the deal; the shares do not add up to 100 and are divided by their sum'
            when declared_basis = 'equal' then 'Roles on the deal without shares: equal parts'
            when declared_basis = 'declared'
                then 'No list of partner roles is in effect on the deal, only the source named on the deal itself, so all goes to the source'
            else 'No list of partner roles is in effect on the deal, so all goes to the source, by ' || declared_basis
        end as reason
    from parts
    where declared_weight is not null

    union all

    select
        parts.deal_key,
        parts.partner_key,
        'first_touch' as model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        cast(1 as bigint) as place,
        cast(1 as bigint) as partners,
        1000000000000 as share_parts,
        parts.deal_minor as amount_reporting_minor,
        case
            when parts.partners = 1 then 'The only partner of the deal'
            else 'The first of ' || parts.total_steps || ' touches: ' || replace(firsts.kind, '_', ' ') || ' on ' || say_date(firsts.occurred_on)
        end as reason
    from parts
    left join firsts on firsts.deal_no = parts.deal_no
    where parts.first_weight is not null

    union all

    select
        parts.deal_key,
        parts.partner_key,
        'last_touch' as model,
        cast(1 as bigint) as weight,
        cast(1 as bigint) as total_weight,
        cast(1 as bigint) as place,
        cast(1 as bigint) as partners,
        1000000000000 as share_parts,
        parts.deal_minor as amount_reporting_minor,
        case
            when parts.partners = 1 then 'The only partner of the deal'
            else 'The last of ' || parts.total_steps || ' touches: ' || replace(lasts.kind, '_', ' ') || ' on ' || say_date(lasts.occurred_on)
        end as reason
    from parts
    left join lasts on lasts.deal_no = parts.deal_no
    where parts.last_weight is not null

    union all

    select
        deal_key,
        partner_key,
        'linear' as model,
        cast(1 as bigint) as weight,
        cast(partners as bigint) as total_weight,
        cast(place as bigint) as place,
        cast(partners as bigint) as partners,
        linear_share as share_parts,
        linear_minor as amount_reporting_minor,
        case when partners = 1 then 'The only partner of the deal' else 'One of ' || partners || ' partners' end as reason
    from parts
    where linear_weight is not null

    union all

    select
        deal_key,
        partner_key,
        'position' as model,
        cast(position_weight as bigint) as weight,
        cast(position_total as bigint) as total_weight,
        cast(place as bigint) as place,
        cast(partners as bigint) as partners,
        position_share as share_parts,
        position_minor as amount_reporting_minor,
        case
            when partners = 1 then 'The only partner of the deal'
            else steps || ' of ' || total_steps || ' touches, by their place'
        end as reason
    from parts
    where position_weight is not null

    union all

    select
        deal_key,
        partner_key,
        'time_decay' as model,
        cast(decay_weight as bigint) as weight,
        cast(decay_total as bigint) as total_weight,
        cast(place as bigint) as place,
        cast(partners as bigint) as partners,
        decay_share as share_parts,
        decay_minor as amount_reporting_minor,
        case
            when partners = 1 then 'The only partner of the deal'
            else steps || ' of ' || total_steps || ' touches, by their days before close'
        end as reason
    from parts
    where decay_weight is not null

    union all

    select
        deal_key,
        partner_key,
        'source_split' as model,
        cast(split_weight as bigint) as weight,
        cast(split_total as bigint) as total_weight,
        cast(place as bigint) as place,
        cast(partners as bigint) as partners,
        split_share as share_parts,
        split_minor as amount_reporting_minor,
        case
            when partners = 1 then 'The only partner of the deal'
            when split_total = partners then 'One of ' || partners || ' partners, none of them the source'
            when sourced_weight is not null then 'The source'
            when partners = 2 then 'The only partner besides the source'
            else 'One of ' || (partners - 1) || ' partners besides the source'
        end as reason
    from parts
    where split_weight is not null

),

final as (

    select
        deal_key,
        partner_key,
        model,
        weight,
        total_weight,
        place,
        partners,
        cast(trillionths(share_parts) as decimal(18, 12)) as share,
        amount_reporting_minor,
        reason
    from listed

)

select * from final
