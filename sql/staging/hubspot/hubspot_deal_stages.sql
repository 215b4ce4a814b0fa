-- into: input.deal_stages
-- about: The history of `dealstage`.
with

entries as (

    select source, deal_id, stage, stage_id, entered_at
    from input.hubspot_stage_entry

),

final as (

    select
        source,
        deal_id || '|' || stage_id || '|' || entered_at as record_id,
        deal_id,
        stage,
        entered_at
    from entries

)

select * from final
