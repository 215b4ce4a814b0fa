import { quoteName, quoteText } from "../../warehouse/database.ts";
import { matchColumns } from "./columns.ts";
import type { FileReading, FileRows } from "./csv.ts";
import { type DropFile, readHead } from "./folder.ts";
import { dropLines, readLines } from "./lines.ts";

// Columns that hold several keys with `;` between them; in JSON they may come as a list.
const listColumns: ReadonlySet<string> = new Set(["same_as", "customer_ids"]);

/** The keys of a file's first lines, for a look at it without the engine. */
export async function ndjsonKeys(source: string, file: DropFile): Promise<readonly string[]> {
  const head = (await readHead(source, file, 1 << 20)).toString("utf8").replace(/^\uFEFF/, "");
  const keys = head.split(/\r?\n/).flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    } catch {
      // The head may end within a line, and a line that is no JSON is told when the file is read.
      return [];
    }
  });
  return [...new Set(keys)];
}

/** Reads a file of one JSON object per line. A line that is none is kept with the reason in `bad`. */
export async function readNdjson(reading: FileReading): Promise<FileRows> {
  const { connection, source, file, entity, rules } = reading;
  const lines = "ndjson_lines";
  const objects = "ndjson_objects";
  await readLines(connection, source, file, lines);
  await connection.run(
    `create or replace temp table ${objects} as
    select
        line,
        text,
        is_foreign,
        case when json_valid(text) then case when json_type(text) = 'OBJECT' then text end end as object
    from ${lines}
    where trim(text) <> ''`,
  );
  const keys = await connection.rows<{ key: string }>(
    `select key
    from (select unnest(json_keys(object)) as key, line from ${objects} where object is not null)
    group by key
    order by min(line), key`,
  );
  const names = keys.map((row) => row.key);
  // A file without a single object has no columns to miss.
  const match =
    names.length === 0 ? { columns: [], strays: [], values: [] } : matchColumns(source, file, entity, names, rules);
  const pointers = match.columns.flatMap((column) => column.found.map((key) => quoteText(pointerTo(key))));
  let place = 0;
  const cells = match.columns.map((column) => {
    const values = column.found.map(() => {
      place += 1;
      return `cells[${place}]`;
    });
    const value = values.length === 1 ? values[0] : `coalesce(${values.join(", ")})`;
    return `${listColumns.has(column.name) ? joinedList(`(${value})`) : `nullif(${value}, '')`} as ${quoteName(column.name)}`;
  });
  const extracted = pointers.length === 0 ? "null" : `json_extract_string(object, [${pointers.join(", ")}])`;
  const select = `
    select
        line,
        case
            when is_foreign then 'the line is not UTF-8'
            when object is null and json_valid(text) then 'the line is not a JSON object'
            when object is null then 'the line is not valid JSON'
        end as bad,
        text as file_text${cells.map((cell) => `,\n        ${cell}`).join("")}
    from (select *, ${extracted} as cells from ${objects})`;
  return Object.freeze({
    match,
    select,
    close: async () => {
      await dropLines(connection, lines);
      await connection.run(`drop table if exists ${objects}`);
    },
  });
}

const pointerTo = (key: string): string => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

const joinedList = (value: string): string =>
  `case
            when ${value} like '[%' and json_valid(${value})
                then array_to_string(from_json(${value}, '["VARCHAR"]'), ';')
            else nullif(${value}, '')
        end`;
