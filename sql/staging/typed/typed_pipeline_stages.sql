-- model: input.typed_pipeline_stages
-- about: Each row is one stage of a pipeline, read into types; `problem` says why a row may not go on, `bad_cells` which cells could not be read.
with

cells as (

    select
        source,
        record_id,
        cell(pipeline) as pipeline,
        cell(stage) as stage,
        cell(position) as position,
        cell(probability) as probability,
        cell(state) as state,
        cell(is_qualified) as is_qualified
    from input.pipeline_stages

),

-- a key that stands in several lines: the last one, whose record id is the shortest, counts (R03)
ranked as (

    select
        source,
        record_id,
        row_number() over (
            partition by source, cell(pipeline), cell(stage)
            order by length(record_id), record_id
        ) as place
    from input.pipeline_stages

),

superseded as (

    select source, record_id
    from ranked
    where place > 1

),

read as (

    select
        cells.source,
        cells.record_id,
        cells.pipeline,
        cells.stage,
        try_cast(cells.position as bigint) as position,
        cells.position as written_position,
        parse_probability(cells.probability) as probability,
        cells.probability as written_probability,
        case when lower(cells.state) in ('open', 'won', 'lost') then lower(cells.state) end as state,
        cells.state as written_state,
        parse_flag(cells.is_qualified) as is_qualified,
        cells.is_qualified as written_is_qualified,
        superseded.record_id is not null as is_superseded
    from cells
    left join superseded on superseded.source = cells.source and superseded.record_id = cells.record_id

),

checked as (

    select
        *,
        nullif(
            concat_ws(
                chr(31),
                case when pipeline is null then 'pipeline=' end,
                case when stage is null then 'stage=' end,
                case when position is null and written_position is not null then 'position=' || written_position end,
                case when probability is null and written_probability is not null then 'probability=' || written_probability end,
                case when state is null then 'state=' || coalesce(written_state, '') end,
                case when is_qualified is null and written_is_qualified is not null then 'is_qualified=' || written_is_qualified end
            ),
            ''
        ) as bad_cells
    from read

),

final as (

    select
        source,
        record_id,
        pipeline,
        stage,
        position,
        probability,
        state,
        is_qualified,
        bad_cells,
        case when is_superseded then 'duplicate_key' when bad_cells is not null then 'bad_cell' end as problem
    from checked

)

select * from final
