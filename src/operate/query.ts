import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import Table from "cli-table3";
import type { Effects } from "../effects.ts";
import { messageOf, UserError } from "../errors.ts";
import { nearestOf } from "../nearest.ts";
import { type Column, type Connection, openReadOnly, seal } from "../warehouse/database.ts";
import { type Home, needPublished } from "./home.ts";
import { unwritable, writeOut } from "./output.ts";

/** The formats of `query`. */
export const queryFormats = ["table", "csv", "json", "parquet", "arrow"] as const;
export type QueryFormat = (typeof queryFormats)[number];

/** Whether a word is one of the formats. */
export function isQueryFormat(word: unknown): word is QueryFormat {
  return queryFormats.some((format) => format === word);
}

export interface QueryOptions {
  readonly home: Home;
  readonly sql: string;
  readonly format: QueryFormat;
  /** File to write; stdout when left out. */
  readonly out?: string;
  readonly effects: Effects;
}

/**
 * Runs read-only SQL on the published warehouse, which is all it can see. Throws UserError (exit 2) when nothing is published,
 * the SQL is refused or fails, or the file cannot be written.
 */
export async function runQuery(options: QueryOptions): Promise<void> {
  const build = await needPublished(options.home);
  const database = await openReadOnly(build.warehouse);
  const aside = path.join(tmpdir(), `attributary-${randomUUID()}`);
  try {
    const connection = await database.connect();
    await seal(connection, [aside, ...(options.out === undefined ? [] : [options.out])]);
    const columns = await readSelect(connection, options.sql);
    const { format } = options;
    if (format === "table") await writeOut("query", await ask(() => tableOf(connection, columns)), options);
    else if (format === "arrow") {
      const { arrowOf } = await import("../warehouse/arrow.ts");
      await writeOut("query", await ask(() => arrowOf(connection, select)), options);
    } else await copyOut(connection, options, format, columns, aside);
  } finally {
    database.close();
    await rm(aside, { force: true });
  }
}

// The engine's own `query` function takes one select and nothing else, so nothing needs to be pasted around the text.
const select = "from query(getvariable('asked'))";

async function readSelect(connection: Connection, sql: string): Promise<readonly Column[]> {
  const text = sql.trim().replace(/;\s*$/, "");
  await connection.run("set variable asked = $1::varchar", [text]);
  try {
    return await connection.columns(`${select} limit 0`);
  } catch (error) {
    // Read by itself, the text has its own lines in the engine's message, with a mark under the place.
    const own = await connection.check(text).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    throw refused(error, own, await tableMeant(connection, error));
  }
}

// What people call these, where the table's name has another word.
const otherWords: ReadonlyMap<string, string> = new Map([
  ["finding", "quality.issue"],
  ["check", "quality.issue"],
  ["metric", "metrics.value"],
  ["payment", "marts.fct_cash"],
  ["refund", "marts.fct_cash"],
]);

/** The table, of whatever schema, that one which is not there was probably meant to be. */
async function tableMeant(connection: Connection, error: unknown): Promise<string | undefined> {
  const [, asked] = /Table with name (\S+) does not exist/.exec(messageOf(error)) ?? [];
  if (asked === undefined) return undefined;
  const rows = await connection.rows<{ schema: string; name: string }>(
    "select table_schema as schema, table_name as name from information_schema.tables order by all",
  );
  const word = asked.toLowerCase();
  const other = otherWords.get(word) ?? otherWords.get(word.replace(/s$/, ""));
  const near = nearestOf(
    word,
    rows.map(({ name }) => name),
  );
  const found = rows.find(({ name }) => name === near);
  return other ?? (found === undefined ? undefined : `${found.schema}.${found.name}`);
}

/** Runs what reads the rows; what the engine refuses then, such as a text that is no number, is a mistake in the SQL too. */
async function ask<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw refused(error, undefined);
  }
}

function refused(error: unknown, own: unknown, table?: string): UserError {
  const words =
    table === undefined
      ? wordsOf(error)
      : wordsOf(error).replace(/(?:; did you mean .*)?$/s, `; did you mean ${table}?`);
  const [, file] = /Cannot access file "(.*?)"/s.exec(messageOf(error)) ?? [];
  if (file !== undefined) {
    return new UserError({
      where: "query",
      found: `it asks for the file ${file}, and a query sees nothing but the published warehouse`,
      fix: "bring the file in as a source of kind files, or write the rows out with --format parquet --out and join them elsewhere",
      cause: error,
    });
  }
  const isOne = !words.startsWith("Expected a single SELECT statement");
  // Of two statements, or none, the text by itself has nothing to say about a place.
  const place = /\n\nLINE (\d+: .*)$/s.exec(own === undefined || !isOne ? "" : messageOf(own));
  return new UserError({
    where: "query",
    found: `${isOne ? words : "this is not one select"}${place === null ? "" : `\n    line ${place[1]?.replaceAll("\n", "\n    ")}`}`,
    fix: "give one select over the schemas marts, metrics, quality, attribution, staging or config; `select table_schema, table_name from information_schema.tables` lists the tables",
    cause: error,
  });
}

/** The engine's message without its kind of error and without the place, which is in the statement around the text. */
function wordsOf(error: unknown): string {
  const [message = ""] = messageOf(error).split("\n\nLINE ");
  return (
    message
      .replace(/^(?:[A-Z][A-Za-z]* )+Error: /, "")
      .replace(/!?\nCandidate bindings: /, "; the nearest are ")
      // The engine keeps tables for other engines' tools, which nobody here means.
      .replace(/!?\nDid you mean "pg_.*$/s, "")
      .replace(/!?\nDid you mean /, "; did you mean ")
  );
}

const copyTargets = Object.freeze({
  csv: `copy (${select}) to $1 (format csv, header)`,
  json: `copy (${select}) to $1 (format json, array true)`,
  parquet: `copy (${select}) to $1 (format parquet, compression zstd)`,
});

async function copyOut(
  connection: Connection,
  options: QueryOptions,
  format: keyof typeof copyTargets,
  columns: readonly Column[],
  aside: string,
): Promise<void> {
  const isMended = format === "json" && columns.some((column) => /DOUBLE|FLOAT/.test(column.type));
  const file = options.out === undefined || isMended ? aside : options.out;
  try {
    await connection.run(copyTargets[format], [file]);
  } catch (error) {
    throw messageOf(error).startsWith("IO Error") ? unwritable("query", file, error) : refused(error, undefined);
  }
  if (file === options.out) return;
  const rows = isMended ? mendedLines(aside) : createReadStream(aside);
  if (options.out === undefined) {
    await pipeline(rows, options.effects.stdout, { end: false });
    return;
  }
  const { out } = options;
  await pipeline(rows, createWriteStream(out)).catch((error: unknown) => {
    throw unwritable("query", out, error);
  });
}

/** The lines of a JSON file, each a whole row, with null for what JSON has no number for. */
async function* mendedLines(file: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    yield `${line.replaceAll(/"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g, (token) => (token.startsWith('"') ? token : "null"))}\n`;
  }
}

async function tableOf(connection: Connection, columns: readonly Column[]): Promise<string> {
  const rows = await connection.rows(select);
  const table = new Table({
    head: columns.map((column) => column.name),
    colAligns: columns.map((column) => (/INT|DECIMAL|DOUBLE/.test(column.type) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(columns.map((column) => cellText(row[column.name])));
  return `${table.toString()}\n${rows.length} ${rows.length === 1 ? "row" : "rows"}\n`;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
