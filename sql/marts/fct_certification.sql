-- model: marts.fct_certification
-- grain: certification_key
-- about: Each row is one certification earned by the as-of date, with the day on which it runs out.
-- as: view
with

final as (

    select certification_key, partner_key, person, kind, level, earned_on, expires_on
    from staging.stg_certifications

)

select * from final
