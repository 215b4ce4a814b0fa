-- into: staging.finding
-- about: Partners whose type is none of the eight (R16).
with

final as (

    select
        'type_other' as check_id,
        'partners' as entity,
        partner_key as entity_key,
        case
            when type_raw is null then 'the partner has no type'
            else 'the type "' || type_raw || '" is none of ours'
        end || '; it counts as other' as message,
        'name the type in `partner_types:` of the config' as fix
    from staging.stg_partners
    where type = 'other' and coalesce(normalise_word(type_raw), '') <> 'other'

)

select * from final
