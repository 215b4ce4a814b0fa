-- model: attribution.int_deal_decision
-- grain: deal_key, step
-- about: Each row is one rule tried on one counted deal, in order, until one named a partner; what it found is said in words.
-- as: view
-- Most rules find nothing to look at, which needs no row of its own. Who helped is asked about at the last step alone, but a join
-- on that step as well would compare every deal with every other.
with

decided as (

    select
        deal_key,
        source_partner_key,
        settled_by,
        case source_rule
            when 'override' then 1
            when 'registration' then 2
            when 'declared' then 3
            when 'lead' then 4
            else 5
        end as last_step
    from attribution.int_deal_source

),

found as (

    select deal_key, step, claimants, outcome, reason
    from attribution.int_rule_finding

),

helped as (

    select deal_key, partners
    from attribution.int_deal_partner
    where place = 1

),

rules as (

    select rule_no, rule, nothing
    from (
        values
            (1, 'override', 'No override is on record.'),
            (2, 'registration', 'No registration names this deal or its account.'),
            (3, 'declared', 'Nobody is declared as the source.'),
            (4, 'lead', 'No lead of this deal or its account is on record.'),
            (5, 'none', 'No rule names a partner and nobody has a qualifying touch.')
    ) as listed (rule_no, rule, nothing)

),

final as (

    select
        decided.deal_key,
        rules.rule_no as step,
        rules.rule,
        coalesce(found.claimants, 0) as claimants,
        case
            when found.outcome is not null then found.outcome
            when rules.rule_no < 5 then 'nothing'
            when helped.deal_key is not null then 'influenced'
            else 'direct'
        end as outcome,
        case when rules.rule_no = decided.last_step then decided.source_partner_key end as partner_key,
        case when rules.rule_no = decided.last_step then decided.settled_by end as settled_by,
        case
            when found.reason is not null then found.reason
            when rules.rule_no < 5 then rules.nothing
            when helped.partners = 1 then 'No rule names a partner; 1 partner has a qualifying touch.'
            when helped.partners > 1 then 'No rule names a partner; ' || helped.partners || ' partners have a qualifying touch.'
            else rules.nothing
        end as reason
    from decided
    inner join rules on rules.rule_no <= decided.last_step
    left join found
        on found.deal_key = decided.deal_key
        and found.step = rules.rule_no
    left join helped on helped.deal_key = decided.deal_key

)

select * from final
