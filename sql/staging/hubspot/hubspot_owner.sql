-- model: input.hubspot_owner
-- grain: source, id
-- about: Each row is one user who owns or owned records, by name, else by e-mail.
with

final as (

    select
        source,
        id,
        coalesce(
            cell(concat_ws(' ', cell(payload ->> '$.firstName'), cell(payload ->> '$.lastName'))),
            cell(payload ->> '$.email'),
            id
        ) as name
    from input.latest
    where kind = 'hubspot' and stream = 'owners'

)

select * from final
