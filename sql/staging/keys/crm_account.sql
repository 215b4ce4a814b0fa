-- model: input.crm_account
-- grain: id
-- about: Each row is one account's id that exactly one source has, for billing systems whose metadata holds an id without its source (R109).
with

sources as (

    select source
    from config.source
    where kind <> 'stripe' and exists (select 1 from config.source where kind = 'stripe')

),

final as (

    select
        substr(accounts.record_key, length(accounts.source) + 2) as id,
        min(accounts.record_key) as record_key
    from input.typed_accounts as accounts
    inner join sources on sources.source = accounts.source
    where accounts.problem is null
    group by id
    having count(*) = 1

)

select * from final
