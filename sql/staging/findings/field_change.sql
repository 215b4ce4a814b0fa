-- model: staging.field_change
-- about: Each row is one change of what a vendor's object is made of: a field that is new, gone or of another type, as the log saw it, whether it was read, and whether that was in the last week and its last change.
with

setting as (

    select as_of_moment, is_as_of_explicit
    from config.setting

),

sources as (

    select source, kind
    from config.source
    where kind in ('hubspot', 'salesforce')

),

definitions as (

    select
        sources.kind,
        record.source,
        record.stream,
        record.id,
        record.seq,
        record.seen_at,
        record.op,
        record.payload
    from raw.record as record
    inner join sources on sources.source = record.source
    cross join setting
    where
        (
            (sources.kind = 'hubspot' and record.stream like 'properties.%')
            or (sources.kind = 'salesforce' and record.stream = 'describe')
        )
        and (not setting.is_as_of_explicit or record.seen_at < setting.as_of_moment)

),

-- HubSpot lists every property by itself; all that were seen at one moment are one state of the object
hubspot_states as (

    select
        source,
        substr(stream, length('properties.') + 1) as object,
        id as field,
        seq,
        seen_at,
        op = 'upsert' as is_there,
        payload ->> '$.type' as type,
        min(seen_at) over (partition by source, stream) as first_at,
        lag(op = 'upsert') over versions as was_there,
        lag(payload ->> '$.type') over versions as was_type
    from definitions
    where kind = 'hubspot'
    window versions as (partition by source, stream, id order by seq)

),

hubspot_changes as (

    select
        source,
        object,
        field,
        seen_at,
        case
            when not is_there then 'gone'
            when not coalesce(was_there, false) then 'new'
            else 'retyped'
        end as change,
        was_type,
        type
    from hubspot_states
    where
        seen_at > first_at
        and (
            is_there is distinct from coalesce(was_there, false)
            or (is_there and was_there and was_type is distinct from type)
        )

),

-- Salesforce describes an object whole; its versions are numbered so that neighbours can be compared
described as (

    select
        source,
        id as object,
        seen_at,
        row_number() over (partition by source, id order by seq) as version,
        unnest(from_json(payload -> '$.fields', '[{"name": "VARCHAR", "type": "VARCHAR"}]')) as field
    from definitions
    where kind = 'salesforce' and op = 'upsert'

),

numbered as (

    select distinct source, object, version, seen_at
    from described

),

salesforce_fields as (

    select
        source,
        object,
        field.name as field,
        field.type as type,
        version,
        lag(version) over versions as was_version,
        lag(field.type) over versions as was_type,
        lead(version) over versions as next_version
    from described
    window versions as (partition by source, object, field.name order by version)

),

salesforce_changes as (

    select
        fields.source,
        fields.object,
        fields.field,
        numbered.seen_at,
        case when fields.was_version is distinct from fields.version - 1 then 'new' else 'retyped' end as change,
        fields.was_type,
        fields.type
    from salesforce_fields as fields
    inner join numbered
        on numbered.source = fields.source
        and numbered.object = fields.object
        and numbered.version = fields.version
    where
        fields.version > 1
        and (fields.was_version is distinct from fields.version - 1 or fields.was_type is distinct from fields.type)
    union all
    select
        fields.source,
        fields.object,
        fields.field,
        numbered.seen_at,
        'gone' as change,
        fields.type as was_type,
        null as type
    from salesforce_fields as fields
    inner join numbered
        on numbered.source = fields.source
        and numbered.object = fields.object
        and numbered.version = fields.version + 1
    where fields.next_version is distinct from fields.version + 1

),

changes as (

    select source, object, field, seen_at, change, was_type, type
    from hubspot_changes
    union all by name
    select source, object, field, seen_at, change, was_type, type
    from salesforce_changes

),

reads as (

    select distinct changes.source, changes.object, changes.field
    from changes
    inner join raw.record as record on record.source = changes.source and record.stream = changes.object
    where
        changes.change <> 'new'
        and (
            json_exists(record.payload, '$.properties."' || changes.field || '"')
            or json_exists(record.payload, '$."' || changes.field || '"')
        )

),

final as (

    select
        changes.source,
        changes.object,
        changes.field,
        changes.seen_at,
        changes.change,
        changes.was_type,
        changes.type,
        reads.field is not null as is_read,
        changes.seen_at >= setting.as_of_moment - interval 8 days as is_recent,
        row_number() over (partition by changes.source, changes.object, changes.field order by changes.seen_at desc) = 1 as is_last
    from changes
    cross join setting
    left join reads
        on reads.source = changes.source
        and reads.object = changes.object
        and reads.field = changes.field

)

select * from final
