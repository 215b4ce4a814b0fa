-- model: staging.partner_record
-- grain: record_key
-- about: Each row is one partner's record in one source and the partner it belongs to, with `same_as` followed (R35b).
-- checks: unique(grain); not_null(record_key, partner_key)
with recursive

records as (

    select
        partners.record_key,
        sources.position,
        partners.same_as,
        partners.source
    from input.typed_partners as partners
    inner join config.source as sources on sources.source = partners.source
    where partners.problem is null

),

known_sources as (

    select list(source) as names
    from config.source

),

listed as (

    select
        record_key,
        source,
        unnest(string_split(same_as, ';')) as written
    from records
    where same_as is not null

),

named as (

    select
        listed.record_key,
        full_key(listed.source, cell(listed.written), known_sources.names) as other_key
    from listed
    cross join known_sources

),

links as (

    select named.record_key, named.other_key
    from named
    inner join records on records.record_key = named.other_key
    where named.record_key <> named.other_key

),

both_ways as (

    select record_key, other_key from links
    union
    select other_key as record_key, record_key as other_key from links

),

reached as (

    select record_key, record_key as other_key
    from both_ways
    union
    select reached.record_key, both_ways.other_key
    from reached
    inner join both_ways on both_ways.record_key = reached.other_key

),

-- the record of the first source in the order of the config names the partner, then the smallest key
ranked as (

    select
        reached.record_key,
        reached.other_key,
        row_number() over (partition by reached.record_key order by records.position, records.record_key) as place
    from reached
    inner join records on records.record_key = reached.other_key

),

final as (

    select
        records.record_key,
        coalesce(ranked.other_key, records.record_key) as partner_key
    from records
    left join ranked on ranked.record_key = records.record_key and ranked.place = 1

)

select * from final
