-- model: marts.dim_annotation
-- about: Each row is one note that people wrote beside a date.
-- as: view
with

final as (

    select annotation_on, text, scope, author
    from staging.stg_annotations

)

select * from final
order by annotation_on, text, scope, author
