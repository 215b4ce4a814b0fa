-- model: quality.restated_row
-- about: Each row is one step of why a closed quarter is not what was presented, with its reason; written when the build has been compared with what was frozen.
select
    null::varchar as period,
    null::varchar as measure,
    null::varchar as deal_key,
    null::varchar as deal_name,
    null::varchar as cash_key,
    null::varchar as entry_key,
    null::varchar as partner_key,
    null::varchar as class,
    null::bigint as before_minor,
    null::bigint as after_minor,
    null::bigint as difference_minor,
    null::varchar as reason,
    null::varchar as detail
where false
