-- model: input.hubspot_partner_object
-- grain: source
-- about: Each row is one portal whose partners are in an object of its own, as `mapping.partners.object` names it, and the property that holds their tier.
with

object_columns as (

    select source, object, column_name, field
    from config.object_column
    where entity = 'partners'

),

sources as (

    select source
    from config.source
    where kind = 'hubspot'

),

final as (

    select
        object_columns.source,
        object_columns.object,
        max(object_columns.field) filter (where object_columns.column_name = 'tier') as tier_field
    from object_columns
    inner join sources on sources.source = object_columns.source
    group by object_columns.source, object_columns.object

)

select * from final
