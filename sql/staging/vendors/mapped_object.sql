-- model: input.mapped_object
-- grain: seq, entity
-- about: Each row is one record of an object that `mapping` names, under our column names as a row of a file drop would be; a record with none of the entity's required columns is none of its rows.
with

object_columns as (

    select *
    from config.object_column

),

objects as (

    select distinct source, entity, object
    from object_columns

),

setting as (

    select timezone
    from config.setting

),

-- a role or touch that is gone was removed; of everything else only living records count
records as (

    select
        latest.seq,
        latest.source,
        objects.entity,
        objects.object,
        latest.id,
        latest.op,
        latest.payload,
        case
            when latest.op = 'delete'
                then coalesce(
                    case when (latest.payload ->> '$.IsDeleted') = 'true' then latest.payload ->> '$.SystemModstamp' end,
                    strftime(latest.seen_at, '%Y-%m-%dT%H:%M:%S.%fZ')
                )
        end as removed_at
    from input.latest as latest
    inner join objects on objects.source = latest.source and objects.object = latest.stream
    where latest.op = 'upsert' or objects.entity in ('deal_partners', 'touches')

),

written as (

    select
        records.seq,
        records.entity,
        object_columns.column_name,
        object_columns.kind,
        object_columns.is_required,
        cell(records.payload ->> object_columns.path) as written
    from records
    inner join object_columns
        on object_columns.source = records.source
        and object_columns.entity = records.entity
        and object_columns.object = records.object

),

cells as (

    select
        written.seq,
        written.entity,
        written.column_name,
        written.is_required and written.column_name not in ('id', 'name') as is_telling,
        case when written.kind = 'date' then vendor_date(written.written, setting.timezone) else written.written end as value
    from written
    cross join setting
    where written.written is not null

),

payloads as (

    select
        seq,
        entity,
        to_json(map_from_entries(list({ 'key': column_name, 'value': value }))) as payload,
        bool_or(is_telling) as is_told
    from cells
    group by seq, entity

),

-- an entity that requires nothing but an id and a name is told by these
telling as (

    select source, entity, object, bool_or(is_required and column_name not in ('id', 'name')) as asks_more
    from object_columns
    group by source, entity, object

),

final as (

    select
        records.seq,
        records.source,
        records.entity,
        records.id,
        case
            when records.removed_at is null then payloads.payload
            else json_merge_patch(payloads.payload, json_object('removed_at', records.removed_at))
        end::varchar as payload
    from records
    inner join payloads on payloads.seq = records.seq and payloads.entity = records.entity
    inner join telling
        on telling.source = records.source
        and telling.entity = records.entity
        and telling.object = records.object
    where payloads.is_told or not telling.asks_more

)

select * from final
