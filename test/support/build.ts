import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { stringify } from "yaml";
import { entities } from "../../src/config/entities.ts";
import { parseConfig } from "../../src/config/load.ts";
import { appendRecords, type LogRecord, prepareLog } from "../../src/extract/log.ts";
import { type BuildResult, buildWarehouse } from "../../src/models/build.ts";
import type { SqlFile } from "../../src/models/header.ts";
import { loadSql } from "../../src/models/load.ts";
import { readsOf } from "../../src/models/order.ts";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";

/** Rows of one entity: column → text as a file would hold it. */
export type Rows = readonly Readonly<Record<string, string | number>>[];

/** The entities of one source of kind files. */
export type Drop = Readonly<Record<string, Rows>>;

export interface BuildOptions {
  /** Keys of `attributary.yaml` beside `sources`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Explicit as-of date; 2026-09-30 unless told. */
  readonly asOf?: string;
  /** Whether the as-of date was asked for. */
  readonly isExplicit?: boolean;
  /** Entries of `sources` in order, when there are others than one source of files named `drop`. */
  readonly sources?: readonly Readonly<Record<string, unknown>>[];
  /** Files by source name, for sources of kind files other than `drop`. */
  readonly drops?: Readonly<Record<string, Drop>>;
  /** Versions of records put into the log as they are, for vendors and for history. */
  readonly records?: readonly LogRecord[];
  /** Does something to the log before the build. */
  readonly prepare?: (connection: Connection) => Promise<void>;
  /** When the rows of the drops were seen. */
  readonly seenAt?: Date;
  /** Tables and checks a test asks about: they and what they stand on are all that is built. Everything when left out. */
  readonly only?: readonly string[];
}

/** A built warehouse to ask questions of. */
export interface Built {
  readonly connection: Connection;
  readonly result: BuildResult;
  /** Rows of a query. */
  rows<T extends object = Record<string, unknown>>(sql: string): Promise<T[]>;
  /** The single cell of a query, or undefined. */
  cell(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Puts the rows of files into a fresh log and builds everything from it; cleaned up when the test is over. */
export async function build(drop: Drop, options: BuildOptions = {}): Promise<Built> {
  const built = await buildKept(drop, options);
  onTestFinished(() => built.close());
  return built;
}

/** The same for a whole test file: close it in `afterAll`. */
export async function buildKept(drop: Drop, options: BuildOptions = {}): Promise<Built> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-"));
  const engine = await openEngine();
  for (const name of ["raw", "input"]) await engine.attach(":memory:", name);
  await engine.attach(path.join(folder, "warehouse.duckdb"), "warehouse", { isAside: true });
  const connection = await engine.connect();
  await connection.run("use warehouse");
  // Test files run side by side already: one core each.
  await connection.run("set threads = 1");
  await prepareLog(connection);
  const seenAt = options.seenAt ?? new Date("2026-01-01T00:00:00Z");
  const drops = { ...(Object.keys(drop).length > 0 ? { drop } : {}), ...options.drops };
  for (const [source, files] of Object.entries(drops)) {
    await appendRecords(connection, recordsOf(source, files, seenAt));
  }
  await appendRecords(connection, options.records ?? []);
  await options.prepare?.(connection);
  const sources = options.sources ?? [
    ...Object.keys(options.drops ?? {}).map((name) => ({ name, kind: "files", path: "." })),
    { name: "drop", kind: "files", path: "." },
  ];
  const config = parseConfig(stringify({ ...options.config, sources }), "attributary.yaml", {});
  const asOf = { date: options.asOf ?? "2026-09-30", isExplicit: options.isExplicit ?? true };
  const close = async (): Promise<void> => {
    connection.close();
    engine.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const sql = options.only === undefined ? {} : { sql: await writePart(connection, options.only, folder) };
    const result = await buildWarehouse({ connection, config, asOf, keepsInput: true, ...sql });
    return {
      connection,
      result,
      rows: (sql) => connection.rows(sql),
      cell: async (sql) => Object.values((await connection.row<Record<string, unknown>>(sql)) ?? {})[0],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Copies the files of these tables and checks, and of all they stand on, below a folder; returns where they are. */
async function writePart(connection: Connection, names: readonly string[], folder: string): Promise<string> {
  const { files, macros } = await loadSql();
  const reads = await readsOf(connection, files);
  const namesOf = (item: SqlFile): string =>
    item.type === "model" ? `${item.schema}.${item.name}` : item.type === "check" ? item.id : item.into;
  const part = new Set<SqlFile>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const item of files.filter((file) => namesOf(file) === name && !part.has(file))) {
      part.add(item);
      waiting.push(...(reads.get(item.file)?.tables ?? []));
      if (item.type === "model") waiting.push(...item.checks.flatMap((check) => ("table" in check ? check.table : [])));
    }
  }
  for (const name of names) {
    if (![...part].some((item) => namesOf(item) === name)) throw new Error(`no model or check is called ${name}`);
  }
  const target = path.join(folder, "sql");
  for (const { file, sql } of part) {
    const place = path.join(folder, file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, sql);
  }
  await writeFile(path.join(target, "functions.sql"), macros);
  return target;
}

/** The log records that the files of one drop become. */
export function recordsOf(source: string, drop: Drop, seenAt: Date): LogRecord[] {
  return Object.entries(drop).flatMap(([stream, rows]) => {
    const entity = entities.find((item) => item.name === stream);
    if (entity === undefined) throw new Error(`no entity is called ${stream}`);
    const later = new Map<string, number>();
    return rows
      .map((row, index) => ({ row, line: index + 2, key: entity.key.map((name) => String(row[name] ?? "")).join("|") }))
      .toReversed()
      .map(({ row, line, key }): LogRecord => {
        const count = later.get(key) ?? 0;
        later.set(key, count + 1);
        return {
          source,
          stream,
          id: count === 0 ? key : `${key}~${count}`,
          seenAt,
          runId: "test",
          operation: "upsert",
          reason: null,
          sourceUpdatedAt: null,
          payload: JSON.stringify(
            Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
          ),
          file: `${stream}.csv`,
          line,
        };
      })
      .toReversed();
  });
}
