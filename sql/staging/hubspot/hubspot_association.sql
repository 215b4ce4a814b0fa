-- model: input.hubspot_association
-- about: Each row is one label (or none) between a deal and a company, or a partner in an object of the portal's own, in one version of the deal's associations; a merged record is the one it became.
with

setting as (

    select as_of_moment, is_as_of_explicit
    from config.setting

),

sources as (

    select source
    from config.source
    where kind = 'hubspot'

),

types as (

    select source, 'companies' as object
    from sources
    union all
    select source, object
    from input.hubspot_partner_object

),

-- a version seen after the as-of date has not happened, unless it is the first of its record (R92)
records as (

    select
        record.source,
        types.object,
        record.id as deal_id,
        record.seq,
        record.seen_at,
        record.op,
        record.payload,
        row_number() over (partition by record.source, types.object, record.id order by record.seq) as place
    from raw.record as record
    inner join types
        on types.source = record.source
        and record.stream = 'associations.deals.' || types.object

),

versions as (

    select
        records.source,
        records.object,
        records.deal_id,
        records.place,
        records.seen_at,
        records.op,
        records.payload,
        records.place = max(records.place) over (partition by records.source, records.object, records.deal_id) as is_latest,
        lead(records.seen_at) over (partition by records.source, records.object, records.deal_id order by records.seq) as seen_until
    from records
    cross join setting
    where records.place = 1 or not setting.is_as_of_explicit or records.seen_at < setting.as_of_moment

),

companies as (

    select
        source,
        object,
        deal_id,
        place,
        seen_at,
        seen_until,
        is_latest,
        unnest(
            from_json(
                payload -> '$.to',
                '[{
                    "toObjectId": "VARCHAR",
                    "associationTypes": [{ "category": "VARCHAR", "typeId": "BIGINT", "label": "VARCHAR" }]
                }]'
            )
        ) as company
    from versions
    where op = 'upsert'

),

labels as (

    select
        source,
        object,
        deal_id,
        place,
        seen_at,
        seen_until,
        is_latest,
        company.toObjectId as company_id,
        unnest(company.associationTypes) as label
    from companies

),

merges as (

    select source, stream, merged_id, survivor_id
    from input.hubspot_survivor

),

final as (

    select
        labels.source,
        labels.object,
        labels.deal_id,
        labels.place,
        labels.seen_at,
        labels.seen_until,
        labels.is_latest,
        coalesce(merges.survivor_id, labels.company_id) as company_id,
        labels.label.category = 'HUBSPOT_DEFINED' as is_hubspot_defined,
        cell(labels.label.label) as label
    from labels
    left join merges
        on merges.source = labels.source
        and merges.stream = labels.object
        and merges.merged_id = labels.company_id

)

select * from final
