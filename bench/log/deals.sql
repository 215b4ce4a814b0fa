-- HubSpot deals of 35 properties, some 1,200 bytes each as JSON: typed as a warehouse would hold them, and as pages of the API.
create table deal as
select
    (33220000100 + i * 37)::varchar as id,
    'Deal ' || i || ' of ' || (hash(i) % 40000) as dealname,
    case when hash(i, 'amount') % 9 > 0 then (hash(i, 'amount') % 25000000 / 100)::decimal(18, 2) end as amount,
    ['USD', 'EUR', 'GBP', 'JPY'][(1 + hash(i, 'currency') % 4)::bigint] as deal_currency_code,
    'default' as pipeline,
    ['appointmentscheduled', 'qualifiedtobuy', 'contractsent', 'closedwon', 'closedlost'][(1 + hash(i, 'stage') % 5)::bigint] as dealstage,
    timestamptz '2023-01-01 00:00:00+00' + to_seconds(i % 100000000) as createdate,
    timestamptz '2023-03-01 00:00:00+00' + to_seconds(i % 100000000) as closedate,
    timestamptz '2023-03-02 00:00:00+00' + to_seconds(i % 100000000) as hs_lastmodifieddate,
    (71300400 + hash(i, 'owner') % 40)::bigint as hubspot_owner_id,
    ['newbusiness', 'existingbusiness', 'renewal'][(1 + hash(i, 'type') % 3)::bigint] as dealtype,
    case when hash(i, 'next') % 3 = 0 then 'Call ' || (hash(i) % 900) end as hs_next_step,
    null::varchar as closed_lost_reason,
    null::varchar as hs_merged_object_ids,
    (hash(i, 'p1') % 1000 / 1000)::double as hs_deal_stage_probability,
    (hash(i, 'p2') % 2 = 0) as hs_is_closed,
    (hash(i, 'p3') % 5 = 0) as hs_is_closed_won,
    (hash(i, 'p4') % 400)::integer as num_notes,
    (hash(i, 'p5') % 40)::integer as num_associated_contacts,
    (hash(i, 'p6') % 365)::integer as days_to_close,
    (hash(i, 'p7') % 9000000 / 100)::decimal(18, 2) as amount_in_home_currency,
    (hash(i, 'p8') % 9000000 / 100)::decimal(18, 2) as hs_acv,
    (hash(i, 'p9') % 9000000 / 100)::decimal(18, 2) as hs_arr,
    (hash(i, 'p10') % 9000000 / 100)::decimal(18, 2) as hs_tcv,
    'Region ' || (hash(i, 'region') % 12) as sales_region,
    'Segment ' || (hash(i, 'segment') % 5) as segment,
    'Source ' || (hash(i, 'source') % 20) as lead_source,
    'Campaign ' || (hash(i, 'campaign') % 300) as campaign,
    'https://crm.example/deal/' || i as link,
    date '2023-01-01' + (hash(i, 'd1') % 1000)::integer as signed_on,
    date '2023-01-01' + (hash(i, 'd2') % 1000)::integer as starts_on,
    date '2023-01-01' + (hash(i, 'd3') % 1000)::integer as ends_on,
    'PO-' || (hash(i, 'po') % 1000000) as purchase_order,
    (hash(i, 'seats') % 5000)::integer as seats,
    'A note about deal ' || i || ', written by someone who had little time' as description,
from range(getvariable('deals')) as numbers (i);

copy deal to 'DEALS.parquet' (format parquet, compression zstd);

copy (
    with

    written as (

        select
            (row_number() over (order by id) - 1) // 50 as page,
            id,
            '{"id":"' || id || '","properties":' || to_json({
                'dealname': dealname, 'amount': amount::varchar, 'deal_currency_code': deal_currency_code,
                'pipeline': pipeline, 'dealstage': dealstage, 'createdate': strftime(createdate, '%Y-%m-%dT%H:%M:%S.000Z'),
                'closedate': strftime(closedate, '%Y-%m-%dT%H:%M:%S.000Z'),
                'hs_lastmodifieddate': strftime(hs_lastmodifieddate, '%Y-%m-%dT%H:%M:%S.000Z'),
                'hubspot_owner_id': hubspot_owner_id::varchar, 'dealtype': dealtype, 'hs_next_step': hs_next_step,
                'closed_lost_reason': closed_lost_reason, 'hs_merged_object_ids': hs_merged_object_ids,
                'hs_deal_stage_probability': hs_deal_stage_probability::varchar, 'hs_is_closed': hs_is_closed::varchar,
                'hs_is_closed_won': hs_is_closed_won::varchar, 'num_notes': num_notes::varchar,
                'num_associated_contacts': num_associated_contacts::varchar, 'days_to_close': days_to_close::varchar,
                'amount_in_home_currency': amount_in_home_currency::varchar, 'hs_acv': hs_acv::varchar,
                'hs_arr': hs_arr::varchar, 'hs_tcv': hs_tcv::varchar, 'sales_region': sales_region, 'segment': segment,
                'lead_source': lead_source, 'campaign': campaign, 'link': link, 'signed_on': signed_on::varchar,
                'starts_on': starts_on::varchar, 'ends_on': ends_on::varchar, 'purchase_order': purchase_order,
                'seats': seats::varchar, 'description': description
            }) || ',"createdAt":"' || strftime(createdate, '%Y-%m-%dT%H:%M:%S.000Z')
            || '","updatedAt":"' || strftime(hs_lastmodifieddate, '%Y-%m-%dT%H:%M:%S.000Z') || '","archived":false}' as record
        from deal

    )

    select '{"results":[' || string_agg(record, ',' order by id) || ']}' as body
    from written
    group by page
) to 'DEALS.ndjson' (format csv, header false, quote '', escape '', delimiter '\x01');
