import type { Entity } from "../../config/entities.ts";
import { type Connection, quoteName, quoteText } from "../../warehouse/database.ts";
import { type ColumnMatch, type ColumnRules, matchColumns, wantedNames } from "./columns.ts";
import { type DropFile, fileError, readHead } from "./folder.ts";
import { dropLines, forUtf8, readLines } from "./lines.ts";

/** The rows of a file: `select` yields line, bad, file_text and one text column for each matched column. */
export interface FileRows {
  readonly match: ColumnMatch;
  readonly select: string;
  /** Frees what the select reads from. */
  readonly close: () => Promise<void>;
}

/** What a file is read with. */
export interface FileReading {
  readonly connection: Connection;
  readonly source: string;
  readonly file: DropFile;
  readonly entity: Entity;
  readonly rules: ColumnRules;
}

const headBytes = 1 << 20;
const delimiters = [",", ";", "\t", "|"] as const;

// A cell with line breaks may be long, but beyond this a quote was left open.
const longestRecordLines = 2000;
const carefulRepairs = 25;

/**
 * Reads a CSV file. Its delimiter is taken from the header; a cell in quotes may hold the delimiter, line breaks and
 * doubled quotes. A row that does not fit is kept with the reason in `bad`.
 */
export async function readCsv(reading: FileReading): Promise<FileRows> {
  const { connection, source, file, entity, rules } = reading;
  const header = await readHeader(source, file, entity, rules);
  const match = matchColumns(source, file, entity, header.names, rules);
  const lines = "csv_lines";
  const records = "csv_records";
  await readLines(connection, source, file, lines);
  const grammar = grammarOf(header.delimiter);
  await connection.run(
    `create or replace temp table ${records} as
    select line, text, case when is_foreign then 'the line is not UTF-8' end as bad
    from ${lines}
    where line > ${header.lastLine}`,
  );
  await joinBrokenLines(connection, records, grammar, header.names.length);
  const cells = match.columns.map((column) => `nullif(cells[${column.index + 1}], '') as ${quoteName(column.name)}`);
  const select = `
    select line, ${badOf(header.names.length, grammar)} as bad, text as file_text, ${cells.join(", ")}
    from (
        select
            *,
            case
                when writing = 'mixed' then list_transform(fields, lambda field: ${unquoted("field")})
                else fields
            end as cells
        from (
            select
                *,
                case writing
                    when 'plain' then string_split(text, ${quoteText(header.delimiter)})
                    when 'quoted' then string_split(text[2:-2], ${quoteText(`"${header.delimiter}"`)})
                    else regexp_extract_all(text || ${quoteText(header.delimiter)}, ${quoteText(grammar.fields)}, 1)
                end as fields
            from (select *, ${writingOf(header.names.length, header.delimiter)} as writing from ${records})
        )
    )
    where not (
        regexp_full_match(text, ${quoteText(grammar.blank)})
        and regexp_full_match(array_to_string(cells, ''), '\\s*')
    )`;
  return Object.freeze({
    match,
    select,
    close: async () => {
      await dropLines(connection, lines);
      await connection.run(`drop table if exists ${records}`);
    },
  });
}

/** The header of a CSV file. */
interface Header {
  readonly names: readonly string[];
  readonly delimiter: string;
  /** The physical line the header ends on. */
  readonly lastLine: number;
}

/** The columns of a CSV file by its header alone. Throws UserError (exit 3) for a file without one, or that is not UTF-8. */
export async function readHeader(source: string, file: DropFile, entity: Entity, rules: ColumnRules): Promise<Header> {
  const head = await readHead(source, file, headBytes);
  const text = head.toString("utf8").replace(/^\uFEFF/, "");
  if (text.trim() === "") {
    throw fileError(source, file, "it is empty", "export it again; even without rows it has a header line");
  }
  const wanted = wantedNames(entity, rules);
  const candidates = delimiters.map((delimiter) => {
    const parsed = parseHeader(text, delimiter);
    const hits = parsed.names.filter((name) => wanted.has(name.trim().toLowerCase())).length;
    return { ...parsed, delimiter, hits };
  });
  const best = candidates.toSorted((a, b) => b.hits - a.hits || b.names.length - a.names.length)[0];
  if (best === undefined) throw new Error("there is no delimiter to choose from");
  if (best.names.some((name) => name.includes("\uFFFD"))) {
    throw fileError(source, file, "its header is not UTF-8", forUtf8);
  }
  return best;
}

/** The first record of a text that is not blank, and the line it ends on; a spreadsheet's `sep=` line is passed over. */
function parseHeader(text: string, delimiter: string): { names: readonly string[]; lastLine: number } {
  let line = 1;
  let names: string[] = [];
  let cell = "";
  let isQuoted = false;
  let isFresh = true;
  for (let at = 0; at <= text.length; at += 1) {
    const sign = text[at] ?? "\n";
    const isBreak = sign === "\n" || (sign === "\r" && text[at + 1] !== "\n");
    if (isQuoted && at < text.length) {
      if (sign === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (sign === '"') isQuoted = false;
      else cell += sign;
      if (isBreak) line += 1;
    } else if (sign === '"' && isFresh) {
      isQuoted = true;
      isFresh = false;
    } else if (sign === delimiter || isBreak) {
      names.push(cell);
      cell = "";
      isFresh = true;
      if (isBreak) {
        const isSeparatorLine = line === 1 && /^sep=./i.test(names.join(delimiter));
        if (!isSeparatorLine && names.some((name) => name.trim() !== "")) return { names, lastLine: line };
        names = [];
        line += 1;
      }
    } else if (sign !== "\r") {
      cell += sign;
      isFresh = false;
    }
  }
  return { names, lastLine: line };
}

interface Grammar {
  readonly delimiter: string;
  /** A text that is whole fields from its start to its end, so that no quote is left open. */
  readonly closed: string;
  /** A text that begins within a quoted field and closes it, and whatever it opens after. */
  readonly closing: string;
  /** Whole fields with nothing behind a closing quote. */
  readonly neat: string;
  /** The same, where fields without quotes around them have none inside either. */
  readonly strict: string;
  /** One field with the delimiter behind it; the field is group 1. */
  readonly fields: string;
  /** A text that may be a row without anything in it. */
  readonly blank: string;
}

function grammarOf(delimiter: string): Grammar {
  const plain = delimiter === "|" ? "\\|" : delimiter;
  // What follows a closing quote must not be a quote, or a doubled one could be read as an end.
  const rest = `(?:[^"${delimiter}][^${delimiter}]*)?`;
  const field = `"(?:[^"]|"")*"${rest}|[^"${delimiter}][^${delimiter}]*|`;
  const quoted = `"(?:[^"]|"")*"`;
  const neat = `${quoted}|[^"${delimiter}][^${delimiter}]*|`;
  const strict = `${quoted}|[^"${delimiter}]*`;
  return Object.freeze({
    delimiter,
    closed: `(?:${field})(?:${plain}(?:${field}))*`,
    neat: `(?:${neat})(?:${plain}(?:${neat}))*`,
    strict: `(?:${strict})(?:${plain}(?:${strict}))*`,
    closing: `(?:[^"]|"")*"${rest}(?:${plain}(?:${field}))*`,
    fields: `(${field})${plain}`,
    blank: `[${delimiter}"\\s]*`,
  });
}

const unquoted = (field: string): string =>
  `case when ${field} like '"%"' and length(${field}) > 1 then replace(${field}[2:-2], '""', '"') else ${field} end`;

/**
 * How a row is written: without any quote, with one pair around every cell and none inside, or any other way. The first
 * two need no grammar, and nearly all rows of nearly all files are one of them.
 */
const writingOf = (count: number, delimiter: string): string => `case
        when not contains(text, '"') then 'plain'
        when starts_with(text, '"')
            and ends_with(text, '"')
            and len(string_split(text, '"')) = ${2 * count + 1}
            and len(string_split(text, ${quoteText(`"${delimiter}"`)})) = ${count}
            then 'quoted'
        else 'mixed'
    end`;

const badOf = (count: number, grammar: Grammar): string => `case
        when bad is not null then bad
        when len(fields) <> ${count}
            then format('{} {} where the header has ${count}', len(fields), if(len(fields) = 1, 'field', 'fields'))
        when writing = 'mixed' and not regexp_full_match(text, ${quoteText(grammar.neat)})
            then 'text stands behind a closing quote'
    end`;

/**
 * Joins the physical lines of each row whose cells hold line breaks. Whether a line begins inside quotes follows from
 * the lines before it: each line keeps, turns or sets that state, so the last line that sets it and the turns since
 * decide. A row that then does not have the right number of fields began with a stray quote: its first line is kept as
 * bad and the lines behind it are read afresh.
 */
async function joinBrokenLines(
  connection: Connection,
  records: string,
  grammar: Grammar,
  fields: number,
): Promise<void> {
  const open = await connection.row(
    `select line from ${records}
    where contains(text, '"') and not regexp_full_match(text, ${quoteText(grammar.closed)})
    limit 1`,
  );
  if (open === undefined) return;
  await connection.run(
    `create or replace temp table csv_marks as
    select
        line,
        text,
        bad,
        contains(text, '"') and not regexp_full_match(text, ${quoteText(grammar.closed)}) as opens,
        not contains(text, '"') or not regexp_full_match(text, ${quoteText(grammar.closing)}) as stays
    from ${records}`,
  );
  const isRow = `regexp_full_match(text, ${quoteText(grammar.strict)})
                and len(regexp_extract_all(text || ${quoteText(grammar.delimiter)}, ${quoteText(grammar.fields)}, 1)) = ${fields}`;
  const reason = `'a quote is opened here and no row of ${fields} fields closes it'`;
  for (let repair = 1; ; repair += 1) {
    await connection.run(`create or replace temp table csv_joined as ${joinedLines}`);
    await connection.run(
      `create or replace temp table csv_spoiled as
      select line, line_count, is_open
      from csv_joined
      where is_open or (line_count > 1 and (line_count > ${longestRecordLines} or not (${isRow})))`,
    );
    const spoiled = await connection.row<{ count: number }>("select count(*) as count from csv_spoiled");
    if (spoiled === undefined || spoiled.count === 0) break;
    // What closed the quote must not pass for a row of its own, with the end of a cell as its id.
    await connection.run(
      `update csv_marks
      set opens = false, stays = false, bad = coalesce(bad, 'a quote is closed here that no row of ${fields} fields opens')
      from csv_spoiled
      where not csv_spoiled.is_open
          and not csv_marks.opens
          and csv_marks.line = csv_spoiled.line + csv_spoiled.line_count - 1
          and not regexp_full_match(csv_marks.text, ${quoteText(grammar.strict)})`,
    );
    // Line by line keeps every row behind a stray quote; when there are very many, whole stretches are taken apart.
    await connection.run(
      repair <= carefulRepairs
        ? `update csv_marks
          set opens = false, stays = false, bad = coalesce(bad, ${reason})
          where line in (select line from csv_spoiled)`
        : `update csv_marks
          set opens = false, stays = false, bad = coalesce(bad, case when not (${isRow}) then ${reason} end)
          from csv_spoiled
          where csv_marks.line >= csv_spoiled.line and csv_marks.line < csv_spoiled.line + csv_spoiled.line_count`,
    );
  }
  await connection.run(`create or replace temp table ${records} as select line, text, bad from csv_joined`);
  await connection.run("drop table csv_marks; drop table csv_joined; drop table csv_spoiled");
}

const joinedLines = `
with

turns as (

    select
        *,
        opens = stays as is_set,
        sum(case when opens and not stays then 1 else 0 end) over (order by line) as turned
    from csv_marks

),

states as (

    select
        line,
        text,
        bad,
        opens,
        stays,
        last_value(case when is_set then opens end ignore nulls) over before as set_to,
        last_value(case when is_set then turned end ignore nulls) over before as turned_then,
        last_value(turned) over before as turned_now
    from turns
    window before as (order by line rows between unbounded preceding and 1 preceding)

),

begins as (

    select
        *,
        coalesce(set_to, false) <> ((coalesce(turned_now, 0) - coalesce(turned_then, 0)) % 2 = 1) as is_inside
    from states

),

heads as (

    select
        *,
        max(case when not is_inside then line end) over (order by line rows unbounded preceding) as head,
        case when is_inside then stays else opens end as ends_inside
    from begins

)

select line, text, bad, 1 as line_count, false as is_open
from heads
where not is_inside and not ends_inside
union all
select
    head,
    string_agg(text, chr(10) order by line),
    first(bad order by line),
    count(*),
    last(ends_inside order by line)
from heads
where is_inside or ends_inside
group by head`;
