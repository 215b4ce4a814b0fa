-- model: staging.stg_annotations
-- about: Each row is one remark on a date, up to the as-of date.
-- checks: not_null(annotation_on, text)
with

setting as (

    select as_of
    from config.setting

),

final as (

    select distinct
        annotations.annotation_on,
        annotations.text,
        annotations.scope,
        annotations.author
    from input.typed_annotations as annotations
    cross join setting
    where annotations.problem is null and annotations.annotation_on <= setting.as_of

)

select * from final
