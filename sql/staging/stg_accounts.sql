-- model: staging.stg_accounts
-- grain: account_key
-- ordered: yes
-- about: Each row is one account under the key that merges and joins leave (R21, R115); empty columns are filled from its records in other sources.
-- checks: unique(grain); not_null(account_key, name)
with

records as (

    select
        account_record.account_key,
        sources.position,
        accounts.*
    from input.typed_accounts as accounts
    inner join staging.account_record as account_record on account_record.record_key = accounts.record_key
    inner join input.account_survivor as survivors
        on survivors.record_key = accounts.record_key
        and survivors.survivor_key = accounts.record_key
    inner join config.source as sources on sources.source = accounts.source
    where accounts.problem is null

),

-- most accounts stand in one source only, and ordering inside groups is dear
others as (

    select
        account_key,
        first(domain order by position, record_key) filter (where domain is not null) as domain,
        first(region order by position, record_key) filter (where region is not null) as region,
        first(segment order by position, record_key) filter (where segment is not null) as segment,
        first(country order by position, record_key) filter (where country is not null) as country,
        first(created_at order by position, record_key) filter (where created_at is not null) as created_at
    from records
    where account_key in (select account_key from records where record_key <> account_key)
    group by account_key

),

final as (

    select
        records.account_key,
        records.name,
        coalesce(records.domain, others.domain) as domain,
        coalesce(records.region, others.region) as region,
        coalesce(records.segment, others.segment) as segment,
        coalesce(records.country, others.country) as country,
        coalesce(records.created_at, others.created_at) as created_at
    from records
    left join others on others.account_key = records.account_key
    where records.record_key = records.account_key

)

select * from final
