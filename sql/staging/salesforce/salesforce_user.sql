-- model: input.salesforce_user
-- grain: source, id
-- about: Each row is one user by name, those who have left too.
with

final as (

    select source, id, coalesce(cell(payload ->> '$.Name'), id) as name
    from input.latest
    where kind = 'salesforce' and stream = 'User'

)

select * from final
