import { type Connection, quoteText } from "../../warehouse/database.ts";
import { type DropFile, fileError, readHead } from "./folder.ts";

// A cell may hold a long text, but a file without a single line break is no table.
const longestLine = 64 * 1024 * 1024;

// Some broken lines are quarantined; when there are many the whole file is in another encoding.
const mostForeignLines = 1000;

/**
 * Makes a temporary table `name` (line, text, is_foreign) of a text file's physical lines, numbered from 1, blank ones
 * too. A line that is not UTF-8 is read as Latin-1 and marked foreign. Throws UserError (exit 3) when there are very
 * many of them.
 */
export async function readLines(connection: Connection, source: string, file: DropFile, name: string): Promise<void> {
  const rejects = `${name}_rejects`;
  const scans = `${name}_scans`;
  await dropLines(connection, name);
  await connection.run(
    `create temp table ${name} as
    select row_number() over () as line, coalesce(text, '') as text, false as is_foreign
    from ${reader(
      file,
      `ignore_errors = true, store_rejects = true, rejects_table = '${rejects}', rejects_scan = '${scans}', rejects_limit = ${mostForeignLines}`,
    )}`,
  );
  const broken = await connection.row<{ count: number; first: number }>(
    `select count(distinct line) as count, min(line) as first from ${rejects}`,
  );
  if (broken !== undefined && broken.count > 0) {
    if (broken.count >= mostForeignLines) {
      throw fileError(
        source,
        file,
        `${mostForeignLines} or more of its lines are not UTF-8, the first is line ${broken.first}`,
        forUtf8,
      );
    }
    await addForeignLines(connection, file, name, rejects);
  }
  await connection.run(`drop table ${rejects}; drop table ${scans}`);
}

/** Frees what `readLines` made. */
export async function dropLines(connection: Connection, name: string): Promise<void> {
  for (const table of [name, `${name}_rejects`, `${name}_scans`]) {
    await connection.run(`drop table if exists ${table}`);
  }
}

// The engine's reader splits lines whatever they end in; a delimiter that no file has keeps each in one piece.
const reader = (file: DropFile, more: string): string =>
  `read_csv(${quoteText(file.path)}, columns = {'text': 'VARCHAR'}, header = false, auto_detect = false,
        delim = '\\x01', quote = '', escape = '', comment = '', nullstr = '', strict_mode = false,
        max_line_size = ${longestLine}, ${more})`;

/** What to do about a file that is not UTF-8. */
export const forUtf8 = "export it as UTF-8, or name its encoding at this source, for instance `encoding: windows-1252`";

/** Throws UserError (exit 3) for a file that is plainly no text. */
export async function refuseForeignFile(source: string, file: DropFile): Promise<void> {
  const head = await readHead(source, file, 4096);
  if (head.includes(0))
    throw fileError(
      source,
      file,
      "it is not text",
      "export it as text in UTF-8, or as .parquet; save a spreadsheet as CSV",
    );
}

/** Puts the lines that the reader refused back in their places; those behind them move down by as many. */
async function addForeignLines(connection: Connection, file: DropFile, name: string, rejects: string): Promise<void> {
  await connection.run(
    `create or replace temp table ${name}_moved as
    with

    refused as (

        select line, row_number() over (order by line) as place
        from (select distinct line from ${rejects})

    ),

    moves as (

        select line - place as behind, max(place) as moved
        from refused
        group by line - place

    ),

    foreign_lines as (

        select line, text
        from (
            select row_number() over () as line, coalesce(text, '') as text
            from ${reader(file, "encoding = 'latin-1'")}
        )
        where line in (select line from refused)

    )

    select lines.line + coalesce(moves.moved, 0) as line, lines.text, false as is_foreign
    from ${name} as lines
    asof left join moves on lines.line > moves.behind
    union all
    select line, text, true
    from foreign_lines`,
  );
  await connection.run(`drop table ${name}; alter table ${name}_moved rename to ${name}`);
}
