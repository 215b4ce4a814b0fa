-- model: staging.stg_certifications
-- grain: certification_key
-- ordered: yes
-- about: Each row is one certification earned by the as-of date.
-- checks: unique(grain); not_null(certification_key, partner_key, earned_on); found(partner_key in staging.stg_partners.partner_key)
with

setting as (

    select as_of
    from config.setting

),

final as (

    select
        certifications.certification_key,
        partners.partner_key,
        certifications.person,
        certifications.kind,
        certifications.level,
        certifications.earned_on,
        certifications.expires_on
    from input.typed_certifications as certifications
    cross join setting
    inner join staging.partner_record as partners on partners.record_key = certifications.partner_reference
    where certifications.problem is null and certifications.earned_on <= setting.as_of

)

select * from final
