-- model: input.account_same_domain
-- about: Each row is one account and the account of an earlier source that it shares a domain with, one per source; `same_as` wins over it (R115).
with recursive

same_as as (

    select account_key, other_key
    from input.account_same_as

),

holders as (

    select survivor_key, domain, source, position, is_own
    from input.account_domain_record

),

-- of several accounts of one source the smallest key stands for the domain
ranked_holders as (

    select
        *,
        row_number() over (partition by domain, source order by survivor_key) as place_in_source,
        row_number() over (partition by domain order by position, survivor_key) as place
    from holders
    where domain in (select domain from holders group by domain having count(distinct source) > 1)

),

pairs as (

    select
        first_holder.survivor_key as account_key,
        first_holder.source as account_source,
        other_holder.survivor_key as other_key,
        other_holder.source as other_source,
        first_holder.is_own and other_holder.is_own as is_own
    from ranked_holders as first_holder
    inner join ranked_holders as other_holder
        on other_holder.domain = first_holder.domain
        and other_holder.source <> first_holder.source
        and other_holder.place_in_source = 1
    where first_holder.place = 1

),

reached as (

    select account_key, account_key as other_key
    from same_as
    union
    select reached.account_key, same_as.other_key
    from reached
    inner join same_as on same_as.account_key = reached.other_key

),

-- the sources in which an account has a record already, by what `same_as` says
stated_sources as (

    select account_key, split_part(other_key, ':', 1) as source
    from reached
    union
    select account_key, account_source as source from pairs
    union
    select other_key as account_key, other_source as source from pairs

),

blocked as (

    select distinct pairs.account_key, pairs.other_key
    from pairs
    inner join stated_sources as here on here.account_key = pairs.account_key
    inner join stated_sources as there
        on there.account_key = pairs.other_key
        and there.source = here.source

),

-- an account with several domains joins one account of each other source, by its own domain first
ranked as (

    select
        pairs.account_key,
        pairs.other_key,
        row_number() over (
            partition by pairs.account_key, pairs.other_source
            order by pairs.is_own desc, pairs.other_key
        ) as place_here,
        row_number() over (
            partition by pairs.other_key, pairs.account_source
            order by pairs.is_own desc, pairs.account_key
        ) as place_there
    from pairs
    anti join blocked on blocked.account_key = pairs.account_key and blocked.other_key = pairs.other_key

),

final as (

    select distinct account_key, other_key
    from ranked
    where place_here = 1 and place_there = 1

)

select * from final
