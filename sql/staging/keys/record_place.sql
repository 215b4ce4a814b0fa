-- model: staging.record_place
-- grain: entity, record_key
-- about: Each row is where one record of a file drop stands today: its file and line, for the entities that decide about deals and rates.
with

sources as (

    select source
    from config.source
    where kind = 'files'

),

final as (

    select
        positions.stream as entity,
        positions.source || ':' || positions.id as record_key,
        positions.file,
        positions.line
    from raw.position as positions
    inner join sources on sources.source = positions.source
    where positions.stream in (
        'deals', 'deal_partners', 'registrations', 'leads', 'touches', 'certifications', 'overrides', 'partners', 'invoices', 'fx_rates'
    )

)

select * from final
