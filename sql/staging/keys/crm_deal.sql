-- model: input.crm_deal
-- grain: id
-- about: Each row is one deal's id that exactly one source has, for billing systems whose metadata holds an id without its source (R109).
with

sources as (

    select source
    from config.source
    where kind <> 'stripe' and exists (select 1 from config.source where kind = 'stripe')

),

final as (

    select
        substr(deals.record_key, length(deals.source) + 2) as id,
        min(deals.record_key) as record_key
    from input.typed_deals as deals
    inner join sources on sources.source = deals.source
    where deals.problem is null
    group by id
    having count(*) = 1

)

select * from final
