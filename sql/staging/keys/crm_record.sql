-- model: input.crm_record
-- grain: entity, id
-- about: Each row is one id of a deal or an account that exactly one source has, for billing systems whose metadata holds an id without its source (R109).
with

sources as (

    select source
    from config.source
    where kind <> 'stripe' and exists (select 1 from config.source where kind = 'stripe')

),

records as (

    select 'deals' as entity, source, record_key
    from input.typed_deals
    where problem is null
    union all
    select 'accounts' as entity, source, record_key
    from input.typed_accounts
    where problem is null

),

final as (

    select
        records.entity,
        substr(records.record_key, length(records.source) + 2) as id,
        min(records.record_key) as record_key
    from records
    inner join sources on sources.source = records.source
    group by records.entity, id
    having count(*) = 1

)

select * from final
