-- model: marts.dim_account
-- grain: account_key
-- about: Each row is one account, joined across sources and merges.
-- as: view
with

final as (

    select account_key, name, domain, region, segment, country
    from staging.stg_accounts

)

select * from final
