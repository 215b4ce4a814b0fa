-- What no two engines spell alike stands here, as scalar macros: whole-number division and its rounding, days and months,
-- zones, the reading of text, and how dates and decimals are said. An engine that is not DuckDB needs another copy of this file
-- and of nothing else.
-- A text that cannot be read gives null, never an error: whoever reads it decides what a bad cell is.

---------- whole numbers

-- `num / den` as a whole number, half away from zero; `den` is above 0.
create or replace macro round_half_away(num, den) as
    case
        when abs(num::double) < 4e18 and den::double < 4e18
            then sign(num::bigint) * ((2::bigint * abs(num::bigint) // den::bigint + 1) // 2)
        else sign(num::hugeint) * ((2::hugeint * abs(num::hugeint) // den::hugeint + 1) // 2)
    end;

-- |amount| × |num| / den where the product is too wide even for HUGEINT: the amount goes in two limbs, so nothing is lost.
create or replace macro convert_minor_wide(amount, num, den) as
    amount * (num // den)
    + ((amount // 1000000000) * (num % den)) // den * 1000000000
    + round_half_away(
        (((amount // 1000000000) * (num % den)) % den) * 1000000000 + (amount % 1000000000) * (num % den),
        den
    );

-- Minor units of one currency in minor units of another, or of a part of an amount: amount × num / den, exact, rounded once,
-- half away from zero (R24, R57); null where it does not fit. `den` is above 0.
create or replace macro convert_minor(amount, num, den) as
    case
        when num = den then amount::bigint
        when abs(amount::double) * abs(num::double) / den::double > 9e18 then null
        when abs(amount::double) * abs(num::double) < 4e18 and den::double < 4e18
            then round_half_away(
                case when abs(amount::double) * abs(num::double) < 4e18 then amount::bigint * num::bigint end,
                den
            )::bigint
        when abs(amount::double) * abs(num::double) < 8e37
            then try_cast(
                round_half_away(
                    case when abs(amount::double) * abs(num::double) < 8e37 then amount::hugeint * num::hugeint end,
                    den
                ) as bigint
            )
        else try_cast(
            sign(amount) * sign(num) * convert_minor_wide(abs(amount::hugeint), abs(num::hugeint), den::hugeint) as bigint
        )
    end;

-- The part of |amount| that `weight` of `total` gets, rounded down (R26). BIGINT where the product fits, else in two limbs of a
-- million while those fit, as in long division: HUGEINT division is 40 times slower.
create or replace macro floor_share(amount, weight, total) as
    case
        when abs(amount::double) * weight::double < 9e18
            then abs(amount::bigint) * weight::bigint // total::bigint
        when abs(amount::double) * weight::double < 9e24 and weight::double + total::double < 9e12
            then abs(amount::bigint) // 1000000 * weight::bigint // total::bigint * 1000000
                + (
                    abs(amount::bigint) // 1000000 * weight::bigint % total::bigint * 1000000
                    + abs(amount::bigint) % 1000000 * weight::bigint
                ) // total::bigint
        else (abs(amount::hugeint) * weight::hugeint // total::hugeint)::bigint
    end;

-- What rounding down took from that part, in units of 1/total; the largest remainders get the units left over (R26).
create or replace macro share_remainder(amount, weight, total) as
    case
        when abs(amount::double) * weight::double < 9e18
            then abs(amount::bigint) * weight::bigint % total::bigint
        when abs(amount::double) * weight::double < 9e24 and weight::double + total::double < 9e12
            then (
                abs(amount::bigint) // 1000000 * weight::bigint % total::bigint * 1000000
                + abs(amount::bigint) % 1000000 * weight::bigint
            ) % total::bigint
        else (abs(amount::hugeint) * weight::hugeint % total::hugeint)::bigint
    end;

-- Whether a part gets one of the units left over, where that can be said without the other parts (R26): one part takes all and
-- leaves none; weights that add up to their number are all 1, and equal parts go by `place`; of two parts the one with the
-- larger remainder, that is more than half a unit, gets the one that is left, at half a unit the heavier one, else the first. Else null.
create or replace macro has_spare_unit(remainder, weight, total, parts, place) as
    case
        when weight = total then false
        when total = parts then place <= remainder
        when parts = 2
            then remainder * 2 > total or (remainder * 2 = total and (weight * 2 > total or (weight * 2 = total and place = 1)))
    end;

-- What one part gets of |amount|, where that can be said without the other parts (R26); else null.
create or replace macro sole_part(amount, weight, total, parts, place) as
    floor_share(amount, weight, total)
    + cast(has_spare_unit(share_remainder(amount, weight, total), weight, total, parts, place) as integer);

-- The same of a share in 10^-12: what rounding down left over, less than a billionth, goes to the smallest key.
create or replace macro sole_share(weight, total, parts, place) as
    floor_share(1000000000000, weight, total)
    + case
        when weight = total then 0
        when total <> parts and parts > 2 then null
        when place > 1 then 0
        when total = parts then share_remainder(1000000000000, weight, total)
        else sign(share_remainder(1000000000000, weight, total))
    end;

-- Units of 10^-12 as the decimal they stand for; shares are kept so, that sums of them are exact.
create or replace macro trillionths(units) as cast(units as decimal(18, 0)) * cast(0.000000000001 as decimal(12, 12));

---------- values of metrics

-- Minor units in major units, as an exact decimal with room for 26 digits before the point.
create or replace macro minor_to_major(minor, exponent) as
    case exponent
        when 0 then cast(cast(minor as decimal(34, 0)) as decimal(38, 12))
        when 2 then cast(cast(minor as decimal(34, 0)) * cast(0.01 as decimal(4, 2)) as decimal(38, 12))
        when 3 then cast(cast(minor as decimal(34, 0)) * cast(0.001 as decimal(4, 3)) as decimal(38, 12))
        when 4 then cast(cast(minor as decimal(34, 0)) * cast(0.0001 as decimal(4, 4)) as decimal(38, 12))
    end;

-- `num / den` as a decimal with 12 places, rounded once, half away from zero; `den` is above 0. BIGINT where the product fits or a
-- long division in two steps does, and such a division again where even HUGEINT has no room.
create or replace macro ratio_of_positive(num, den) as
    case
        when abs(num::double) < 1e32 and den::double < 1e32
            then cast(0.000000000001 as decimal(12, 12)) * cast(
                case
                    when abs(num::double) < 4e6 and den::double < 4e18
                        then sign(num::bigint) * ((2000000000000::bigint * abs(num::bigint) // den::bigint + 1) // 2)::hugeint
                    when abs(num::double) < 9e12 and den::double < 4e12 and abs(num::double) / den::double < 9e6
                        then sign(num::bigint) * (
                            abs(num::bigint) * 1000000 // den::bigint * 1000000
                            + (abs(num::bigint) * 1000000 % den::bigint * 2000000 // den::bigint + 1) // 2
                        )::hugeint
                    when abs(num::double) < 8e25
                        then sign(num) * ((2000000000000::hugeint * abs(num::hugeint) // den::hugeint + 1) // 2)
                    when abs(num::double) < 1e32
                        then sign(num) * (
                            abs(num::hugeint) * 1000000 // den::hugeint * 1000000
                            + (abs(num::hugeint) * 1000000 % den::hugeint * 2000000 // den::hugeint + 1) // 2
                        )
                end as decimal(26, 0)
            )
        -- squares of amounts in the trillions have no room left for the long division; fifteen digits are enough for a share of them
        else cast(num::double / den::double as decimal(38, 12))
    end;

-- `num / den` with 12 places; null on an empty denominator.
create or replace macro exact_ratio(num, den) as
    case
        when den > 0 then ratio_of_positive(num, den)
        when den < 0 then ratio_of_positive(-num, -den)
    end;

-- The value of a metric from its whole numbers: money is rounded to minor units once at the end (R74), the rest has 12 places.
create or replace macro metric_value(unit, num, den, exponent) as
    case
        when unit = 'count' then cast(cast(num as decimal(26, 0)) as decimal(38, 12))
        when unit = 'money' and den is null then minor_to_major(num, exponent)
        when unit in ('money', 'money_per_day') then minor_to_major(round_half_away(num, den), exponent)
        else exact_ratio(num, den)
    end;

-- A numerator or denominator as shown beside a value: money in major units, inner fractions not at all.
create or replace macro metric_part(parts, part, exponent) as
    case parts
        when 'money' then minor_to_major(part, exponent)
        when 'plain' then cast(cast(part as decimal(26, 0)) as decimal(38, 12))
    end;

---------- days, months and zones

-- Whole days from one date to another; negative when the second is earlier.
create or replace macro day_diff(from_on, to_on) as date_diff('day', from_on, to_on);

-- The same day of the month n months later (earlier when n is below 0), clipped to the month's last day.
create or replace macro add_months(from_on, n) as (from_on::date + to_months(n::integer))::date;

-- n days later.
create or replace macro add_days(from_on, n) as (from_on::date + n::integer)::date;

-- A date as people read it in a sentence: 14 Nov 2026.
create or replace macro say_date(day) as strftime(day, '%-d %b %Y');

-- A decimal as people read it in a sentence: without the zeros at its end.
create or replace macro say_decimal(number) as rtrim(rtrim(cast(number as varchar), '0'), '.');

-- The fiscal quarter of a day, named after the year its fiscal year ends in: 2026-Q3 (R27).
create or replace macro fiscal_quarter(day, fiscal_year_start) as
    year(add_months(day, case when fiscal_year_start = 1 then 0 else 13 - fiscal_year_start end)) || '-Q'
    || quarter(add_months(day, case when fiscal_year_start = 1 then 0 else 13 - fiscal_year_start end));

-- The calendar date of an instant in a zone.
create or replace macro local_date(moment, zone) as
    case when zone = 'UTC' then make_timestamp(epoch_us(moment))::date else timezone(zone, moment)::date end;

-- The wall clock of an instant in a zone, as microseconds of a clock that has no zone.
create or replace macro wall_clock_us(moment_us, zone) as epoch_us(timezone(zone, make_timestamptz(moment_us)));

-- Of the two readings of a wall clock, under the offset before and after a change: a time that occurs twice is the earlier
-- instant, one that never occurs moves forward by the gap, which is what the offset before the change gives (R05).
create or replace macro chosen_instant_us(wall_us, before_us, after_us, zone) as
    case
        when before_us = after_us then before_us
        when wall_clock_us(after_us, zone) = wall_us and wall_clock_us(before_us, zone) <> wall_us then after_us
        else before_us
    end;

-- The instant at which a zone's wall clock shows a time. The offsets a day before and a day after enclose any change, even of a whole day.
create or replace macro local_instant(wall, zone) as
    case
        when zone = 'UTC' then make_timestamptz(epoch_us(wall))
        else make_timestamptz(
            chosen_instant_us(
                epoch_us(wall),
                epoch_us(wall) - (wall_clock_us(epoch_us(wall) - 86400000000, zone) - (epoch_us(wall) - 86400000000)),
                epoch_us(wall) - (wall_clock_us(epoch_us(wall) + 86400000000, zone) - (epoch_us(wall) + 86400000000)),
                zone
            )
        )
    end;

-- The first instant of a day in a zone (R04, R32).
create or replace macro start_of_day(day, zone) as local_instant(day::timestamp, zone);

---------- reading text

-- A cell: outer blanks off, empty is null. Trimming costs ten times the test whether there is something to trim.
create or replace macro cell(written) as
    case
        when written < '!' or ends_with(written, ' ') or ends_with(written, chr(9)) or ends_with(written, chr(10)) or ends_with(written, chr(13))
            or (written >= chr(160) and written < chr(161)) or ends_with(written, chr(160))
            or (written >= chr(8239) and written < chr(8240)) or ends_with(written, chr(8239))
            then nullif(trim(written, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(8239)), '')
        else written
    end;

-- Whether a record of a file is a line that is no row of it; an id of somebody's own may begin in the same way. A case, so that the
-- engine opens no payload but those few.
create or replace macro is_broken_line(id, payload) as
    case when starts_with(id, '~bad~') then (payload ->> '$.__bad') is not null else false end;

-- A cell after the `values:` of the config, which ignore case and outer blanks; `maps` is null where there are none.
create or replace macro mapped(maps, column_name, written) as
    case
        when maps is null or maps[column_name] is null then written
        else coalesce(maps[column_name][lower(cell(written))], written)
    end;

-- A date as `YYYY-MM-DD` and nothing else; a time in it is a bad cell (R04). A year before 1900 is a slip or a program's way
-- to write nothing, and would begin every series of months there.
create or replace macro parse_date(written) as
    case
        when written like '2___-__-__' or written like '19__-__-__' then try_cast(written as date)
    end;

-- An ISO 8601 timestamp. Without a zone it is the zone's wall clock (R05); a bare date is 00:00 there (R04).
-- The common forms are tried first, because a regular expression costs ten times a cast.
create or replace macro parse_timestamp(written, zone) as
    case
        when written like '2___-__-__T__:__:__Z' then try_cast(written as timestamptz)
        when
            written like '2___-__-__'
            or written like '2___-__-__T__:__:__'
            or regexp_full_match(written, '(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?')
            then local_instant(try_cast(upper(written) as timestamp), zone)
        when regexp_full_match(
            written,
            '(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)? ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)'
        )
            then try_cast(
                regexp_replace(upper(written), '^(.{10}).([0-9]{2}:[0-9]{2})(:[0-9.]+)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', '\1 \2\3|\4')
                    .regexp_replace('^(.{16})[|]', '\1:00')
                    .replace('|', '') as timestamptz
            )
    end;

-- Money in major units as minor units of a currency with that many decimals, half away from zero (R06).
-- The widths leave room for the multiplication, so an amount beyond them is one that cannot be read.
create or replace macro parse_money(written, exponent) as
    case
        when contains(written, '_') then null
        when exponent = 2 then (try_cast(written as decimal(16, 2)) * 100)::bigint
        when exponent = 0 then try_cast(written as decimal(18, 0))::bigint
        when exponent = 3 then (try_cast(written as decimal(15, 3)) * 1000)::bigint
        when exponent = 4 then (try_cast(written as decimal(14, 4)) * 10000)::bigint
    end;

-- How many decimals a plain number is written with, zeros at its end aside.
create or replace macro count_decimals(written) as
    case when contains(written, '.') then length(rtrim(written, '0')) - position('.' in written) else 0 end;

-- Whether reading that money cut decimals that were not 0 (R06). Most amounts have no more decimals than their currency, which
-- costs less to see than to take zeros off their end.
create or replace macro is_money_cut(written, exponent) as
    case
        when contains(written, 'e') or contains(written, 'E')
            then coalesce(count_decimals(try_cast(written as decimal(38, 18))::varchar) > exponent, false)
        when not contains(written, '.') or length(written) - position('.' in written) <= exponent then false
        else count_decimals(written) > exponent
    end;

-- Whether a number is written so briefly that nine digits before its point and nine after it hold it exactly, whatever it is.
-- Most are, and the widest decimal takes a hundred times as long to read.
create or replace macro is_short_number(written) as
    length(written) < 10 and not contains(written, '_') and not contains(written, 'e') and not contains(written, 'E');

-- A plain number; the caller casts it to the width it keeps.
create or replace macro parse_number(written) as
    case
        when is_short_number(written) then try_cast(written as decimal(18, 9))::decimal(38, 18)
        when not contains(written, '_') then try_cast(written as decimal(38, 18))
    end;

-- A number from 0 to `most`, of which twelve decimals are kept.
create or replace macro parse_number_up_to(most, written) as
    case
        when is_short_number(written)
            then case when try_cast(written as decimal(18, 9)) between 0 and most then try_cast(written as decimal(18, 9))::decimal(18, 12) end
        when parse_number(written) between 0 and most then parse_number(written)::decimal(18, 12)
    end;

create or replace macro parse_probability(written) as parse_number_up_to(1, written);

create or replace macro parse_percentage(written) as parse_number_up_to(100, written);

-- A yes or a no.
create or replace macro parse_flag(written) as
    case
        when lower(written) in ('true', 't', 'yes', 'y', '1') then true
        when lower(written) in ('false', 'f', 'no', 'n', '0') then false
    end;

---------- names and keys

-- The full key of a reference: what stands before its first ":" is a source's name, or the reference is local to its own source (R01).
create or replace macro full_key(source, reference, sources) as
    case
        when not contains(reference, ':') then source || ':' || reference
        when list_contains(sources, split_part(reference, ':', 1)) then reference
        else source || ':' || reference
    end;

-- Whether a reference names its source itself (R01).
create or replace macro is_full_key(reference, sources) as
    contains(reference, ':') and list_contains(sources, split_part(reference, ':', 1));

-- What a reference that names nothing says of itself: as it was written, where what stands before its ":" is no source's name (R01).
create or replace macro unknown_words(source, reference) as
    case
        when starts_with(reference, source || ':') and contains(substr(reference, length(source) + 2), ':')
            then '"' || substr(reference, length(source) + 2) || '", and no source is called "'
                || split_part(substr(reference, length(source) + 2), ':', 1) || '"'
        else '"' || reference || '", which no source has'
    end;

-- A word of a picklist: lower case, every run of other characters than letters and digits is "_" (R16).
create or replace macro normalise_word(written) as
    regexp_replace(lower(trim(written)), '[^\p{L}\p{N}]+', '_', 'g');

-- A domain as it is compared: lower case, outer blanks and a leading "www." off (R59).
create or replace macro normalise_domain(written) as nullif(regexp_replace(lower(cell(written)), '^www[.]', ''), '');

-- The domain of an e-mail address.
create or replace macro email_domain(written) as
    case
        when contains(written, '@')
            then nullif(regexp_replace(lower(split_part(cell(written), '@', -1)), '^www[.]', ''), '')
    end;

-- A company's name as it is compared for suggestions: no accents, case, punctuation or legal form.
create or replace macro normalise_name(written) as
    nullif(
        trim(
            regexp_replace(
                ' ' || regexp_replace(replace(strip_accents(lower(cell(written))), '&', ' and '), '[^\p{L}\p{N}]+', ' ', 'g') || ' ',
                '( (inc|incorporated|corp|corporation|company|co|llc|llp|lp|ltd|limited|plc|gmbh|ag|kg|mbh|sa|sas|sarl|srl|spa|bv|nv|ab|as|oy|aps|pty|kk))+ *$',
                ''
            )
        ),
        ''
    );

---------- vendors

-- A vendor's field: the one that `mapping` names for this column below `root`, else the usual one.
create or replace macro vendor_field(columns, column_name, payload, root, usual) as
    case
        when columns is null or columns[column_name] is null then usual
        else payload ->> (root || columns[column_name])
    end;

-- What `values:` make of a vendor's word, null where they say nothing about it.
create or replace macro vendor_word(maps, column_name, written) as
    case when maps is not null and maps[column_name] is not null then maps[column_name][lower(cell(written))] end;

-- A moment as vendors write it, `…Z`, `…+00:00` or Salesforce's `…+0000`; always with its zone.
create or replace macro vendor_moment(written) as
    try_cast(regexp_replace(written, '([+-][0-9]{2})([0-9]{2})$', '\1:\2') as timestamptz);

-- The calendar date of a vendor's field, which may be a date or a moment: a date never shifts, a moment is dated in the zone.
-- What is neither stays as it is written, to be listed as a bad cell.
create or replace macro vendor_date(written, zone) as
    case
        when length(written) <= 10 then written
        else coalesce(timezone(zone, vendor_moment(written))::date::varchar, written)
    end;

-- A vendor's whole minor units as text in major units; the caller tells how many decimals the vendor's minor unit stands for.
create or replace macro vendor_major(minor, exponent) as
    case exponent
        when 0 then try_cast(minor as bigint)::varchar
        when 3 then (try_cast(minor as decimal(18, 0)) * 0.001)::varchar
        else (try_cast(minor as decimal(18, 0)) * 0.01)::varchar
    end;

-- A moment that a vendor gives in seconds since 1970, as text.
create or replace macro vendor_second(written) as
    strftime(make_timestamp(try_cast(written as bigint) * 1000000), '%Y-%m-%dT%H:%M:%SZ');

-- The role that a CRM's own words tell, in the order written here; null when they tell none (R98, R107).
create or replace macro role_of_words(written) as
    case
        when regexp_matches(lower(written), '(^|[^\p{L}\p{N}])sourc') then 'sourced'
        when contains(lower(written), 'co-sell') or contains(lower(written), 'cosell') then 'co_sell'
        when contains(lower(written), 'techn') then 'technical'
        when contains(lower(written), 'deliver') or contains(lower(written), 'implement') then 'delivery'
    end;
