-- check: stream_dropped
-- severity: info
-- stops: no
-- about: Streams that lost more of their records in their last reading than is believed by itself; the drop was accepted by hand.
with

drops as (

    select source, stream, had, lost
    from input.last_drop
    where is_accepted

),

final as (

    select
        'streams' as entity,
        source || ':' || stream as entity_key,
        'it had ' || format('{:,}', had) || ' records and lost ' || format('{:,}', lost)
        || ' of them in the last reading; the drop was accepted' as message,
        'nothing, if these records are really gone' as fix,
        null::bigint as amount_reporting_minor
    from drops

)

select * from final
