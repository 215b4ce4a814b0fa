-- check: stream_dropped
-- severity: error
-- stops: no
-- about: Streams whose last reading would have taken away more of their records than is believed; they stand as they were.
with

drops as (

    select source, stream, had, lost
    from input.last_drop
    where not is_accepted

),

final as (

    select
        'streams' as entity,
        source || ':' || stream as entity_key,
        'it had ' || format('{:,}', had) || ' records and the last reading would have taken away '
        || format('{:,}', lost) || ' of them; none was taken away, so what is shown is older than the other streams' as message,
        'mend the vendor, its permissions or the export and refresh again; if the records are really gone, `attributary refresh --accept-drop '
        || source || '.' || stream || '`' as fix,
        null::bigint as amount_reporting_minor
    from drops

)

select * from final
