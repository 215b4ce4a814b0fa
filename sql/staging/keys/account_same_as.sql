-- model: input.account_same_as
-- about: Each row is one account and another that a `same_as` says it is, both ways, merges followed (R115).
with

known_sources as (

    select list(source) as names
    from config.source

),

survivors as (

    select record_key, survivor_key
    from input.account_survivor

),

listed as (

    select
        record_key,
        source,
        unnest(string_split(same_as, ';')) as written
    from input.typed_accounts
    where problem is null and same_as is not null

),

named as (

    select
        listed.record_key,
        full_key(listed.source, cell(listed.written), known_sources.names) as other_key
    from listed
    cross join known_sources

),

links as (

    select
        here.survivor_key as account_key,
        there.survivor_key as other_key
    from named
    inner join survivors as here on here.record_key = named.record_key
    inner join survivors as there on there.record_key = named.other_key
    where here.survivor_key <> there.survivor_key

),

final as (

    select account_key, other_key from links
    union
    select other_key as account_key, account_key as other_key from links

)

select * from final
