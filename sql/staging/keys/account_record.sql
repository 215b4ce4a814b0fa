-- model: staging.account_record
-- grain: record_key
-- about: Each row is one account's record and the account it belongs to: merges followed (R21), then joined over sources by `same_as` and by domain (R115).
-- checks: unique(grain); not_null(record_key, account_key)
with recursive

survivors as (

    select record_key, survivor_key
    from input.account_survivor

),

links as (

    select account_key, other_key from input.account_same_as
    union
    select account_key, other_key from input.account_same_domain
    union
    select other_key as account_key, account_key as other_key from input.account_same_domain

),

reached as (

    select account_key, account_key as other_key
    from links
    union
    select reached.account_key, links.other_key
    from reached
    inner join links on links.account_key = reached.other_key

),

placed as (

    select
        reached.account_key,
        reached.other_key,
        row_number() over (partition by reached.account_key order by sources.position, reached.other_key) as place
    from reached
    inner join input.typed_accounts as accounts on accounts.record_key = reached.other_key and accounts.problem is null
    inner join config.source as sources on sources.source = accounts.source

),

final as (

    select
        survivors.record_key,
        coalesce(placed.other_key, survivors.survivor_key) as account_key
    from survivors
    left join placed on placed.account_key = survivors.survivor_key and placed.place = 1

)

select * from final
