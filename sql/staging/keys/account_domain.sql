-- model: staging.account_domain
-- grain: account_key, domain
-- about: Each row is one domain of one account, those of merged and joined records with it; free-mail domains belong to nobody (R59).
-- checks: unique(grain)
with

final as (

    select distinct
        account_record.account_key,
        domains.domain
    from input.account_domain_record as domains
    inner join staging.account_record as account_record on account_record.record_key = domains.survivor_key

)

select * from final
