-- model: input.hubspot_partner_record
-- grain: source, object, id
-- about: Each row is one record that is a partner, living or not: a company of a partner's type, or a record of the portal's own object.
with

companies as (

    select source, id
    from input.hubspot_company
    where is_partner

),

objects as (

    select source, object
    from input.hubspot_partner_object

),

records as (

    select source, stream, id
    from input.latest
    where kind = 'hubspot'

),

final as (

    select source, 'companies' as object, id
    from companies
    union all
    select records.source, records.stream as object, records.id
    from records
    inner join objects on objects.source = records.source and objects.object = records.stream

)

select * from final
