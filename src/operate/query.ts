import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import Table from "cli-table3";
import type { Effects } from "../effects.ts";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { arrowOf } from "../warehouse/arrow.ts";
import { type Connection, openReadOnly } from "../warehouse/database.ts";
import { type Home, needPublished } from "./home.ts";

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

/** Runs read-only SQL on the published warehouse. Throws UserError (exit 2) when nothing is published or the SQL is refused. */
export async function runQuery(options: QueryOptions): Promise<void> {
  const build = await needPublished(options.home);
  const database = await openReadOnly(build.warehouse);
  try {
    const connection = await database.connect();
    const select = await asSelect(connection, options.sql);
    if (options.format === "table") await write(options, await tableOf(connection, select));
    else if (options.format === "arrow") await write(options, await arrowOf(connection, select));
    else await copyOut(connection, options, options.format);
  } finally {
    database.close();
  }
}

// The engine's own `query` function takes one select and nothing else, so nothing needs to be pasted around the text.
async function asSelect(connection: Connection, sql: string): Promise<string> {
  const text = sql.trim().replace(/;\s*$/, "");
  await connection.run("set variable asked = $1::varchar", [text]);
  const select = "from query(getvariable('asked'))";
  try {
    await connection.columns(select);
  } catch (error) {
    throw new UserError({
      where: "query",
      // The rest of the engine's message points into the statement around the text, which nobody wrote.
      found: messageOf(error).split("\n\nLINE ")[0] ?? messageOf(error),
      fix: "give one select over the schemas marts, metrics, quality, attribution, staging or config; `select table_schema, table_name from information_schema.tables` lists the tables",
      exitCode: exitCode.usage,
      cause: error,
    });
  }
  return select;
}

const copyTargets = Object.freeze({
  csv: "copy (from query(getvariable('asked'))) to $1 (format csv, header)",
  json: "copy (from query(getvariable('asked'))) to $1 (format json, array true)",
  parquet: "copy (from query(getvariable('asked'))) to $1 (format parquet, compression zstd)",
});

async function copyOut(connection: Connection, options: QueryOptions, format: keyof typeof copyTargets): Promise<void> {
  const file = options.out ?? path.join(tmpdir(), `attributary-${randomUUID()}`);
  try {
    await connection.run(copyTargets[format], [file]);
    if (options.out === undefined) await pipeline(createReadStream(file), options.effects.stdout, { end: false });
  } catch (error) {
    throw unwritable(file, error);
  } finally {
    if (options.out === undefined) await rm(file, { force: true });
  }
}

async function write(options: QueryOptions, data: string | Uint8Array): Promise<void> {
  if (options.out === undefined) {
    options.effects.stdout.write(data);
    return;
  }
  const file = options.out;
  await writeFile(file, data).catch((error: unknown) => {
    throw unwritable(file, error);
  });
}

function unwritable(file: string, error: unknown): UserError {
  return new UserError({
    where: `query --out ${file}`,
    found: messageOf(error),
    fix: "give a file in a folder that exists and can be written",
    cause: error,
  });
}

async function tableOf(connection: Connection, select: string): Promise<string> {
  const columns = await connection.columns(select);
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
