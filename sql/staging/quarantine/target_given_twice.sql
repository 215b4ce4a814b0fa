-- into: staging.quarantine
-- about: Targets for a period and slice that has one already, once their references and names are resolved.
with

final as (

    select
        'duplicate_key' as check_id,
        targets.source,
        'targets' as entity,
        concat_ws('|', targets.slice, targets.slice_key, targets.metric, targets.period) as entity_key,
        positions.file,
        positions.line,
        null::varchar as column_name,
        null::varchar as value,
        'another target stands for the same slice, metric and period'
            || coalesce(' (' || positions.file || ', line ' || positions.line || ')', '') || '; this one is left out' as message,
        'keep one target for each slice, metric and period' as fix
    from input.resolved_target as targets
    left join raw.position as positions
        on positions.source = targets.source
        and positions.stream = 'targets'
        and positions.id = targets.record_id
    where targets.place > 1

)

select * from final
