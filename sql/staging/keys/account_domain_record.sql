-- model: input.account_domain_record
-- grain: survivor_key, domain
-- about: Each row is one domain of one account; a merged account's domain belongs to its survivor, free-mail domains belong to nobody (R21, R59).
with

final as (

    select
        survivors.survivor_key,
        accounts.domain,
        any_value(sources.source) as source,
        any_value(sources.position) as position,
        bool_or(survivors.record_key = survivors.survivor_key) as is_own
    from input.typed_accounts as accounts
    inner join input.account_survivor as survivors on survivors.record_key = accounts.record_key
    inner join config.source as sources on sources.source = split_part(survivors.survivor_key, ':', 1)
    where
        accounts.problem is null
        and accounts.domain is not null
        and accounts.domain not in (select domain from config.free_mail_domain)
    group by survivors.survivor_key, accounts.domain

)

select * from final
