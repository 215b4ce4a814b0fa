-- check: commission_ledger
-- severity: error
-- stops: yes
-- about: The ledger ties to the cash: a line is earned once per payment of a won deal by its source, and a reversal follows a line that was earned.
with

entries as (

    select entry_key, partner_key, deal_key, cash_key, kind, amount_minor
    from marts.fct_commission
    where kind in ('earned', 'reversed')

),

cash as (

    select cash_key, payment_key, kind, deal_key
    from marts.fct_cash

),

deals as (

    select deal_key, state, source_partner_key
    from marts.fct_deal

),

earned as (

    select cash_key
    from entries
    where kind = 'earned'

),

final as (

    select
        'commissions' as entity,
        entries.entry_key,
        case
            when earned.cash_key is null then 'a reversal without a line that earned it'
            when deals.state is distinct from 'won' then 'a line on a deal that is not won'
            when deals.source_partner_key is distinct from entries.partner_key then 'a line for a partner that is not the source'
            else 'a line whose cash is of another kind or deal'
        end as message,
        'this is a defect of the models: report it' as fix,
        entries.amount_minor as amount_reporting_minor
    from entries
    left join cash on cash.cash_key = entries.cash_key
    left join deals on deals.deal_key = entries.deal_key
    left join earned on earned.cash_key = cash.payment_key
    where earned.cash_key is null
        or deals.state is distinct from 'won'
        or deals.source_partner_key is distinct from entries.partner_key
        or cash.deal_key is distinct from entries.deal_key
        or (entries.kind = 'earned') <> (cash.kind = 'payment')

)

select entity, entry_key as entity_key, message, fix, amount_reporting_minor from final
