import { z } from "zod";
import { UserError } from "../errors.ts";
import { suggest } from "../nearest.ts";
import type { Connection } from "../warehouse/database.ts";
import { codeOf, isOwnFile, type Model, type SqlFile } from "./header.ts";

// The log and the settings exist before any model is built.
const given = new Set(["raw", "config"]);

const serialized = z.object({
  error: z.boolean(),
  error_message: z.string().optional(),
  /** Characters before what the parser did not expect. */
  position: z.coerce.number().optional(),
  statements: z.array(z.unknown()).optional(),
});

/** What a select reads. */
export interface Reads {
  /** As `schema.table`; those of a catalog it names stand in another file and are left out. */
  readonly tables: readonly string[];
  /** Whether it takes every column of `config.setting`. */
  readonly takesAllSettings: boolean;
}

// The same text reads the same tables, and a process that builds several times is asked about the same texts.
const known = new Map<string, Reads>();

/** What each file's select reads, found by the engine's own parser. Throws UserError (exit 1) on a syntax error, naming the file. */
export async function readsOf(connection: Connection, files: readonly SqlFile[]): Promise<ReadonlyMap<string, Reads>> {
  const unknown = files.filter((item) => !known.has(item.sql));
  if (unknown.length > 0) {
    // One question for all files: asking for each of them takes five times as long.
    const rows = await connection.rows<{ tree: string }>(
      "select json_serialize_sql(value ->> '$')::varchar as tree from json_each($1::json) order by cast(key as integer)",
      [JSON.stringify(unknown.map((item) => item.sql))],
    );
    for (const [index, { file, sql }] of unknown.entries()) {
      const statement = statementIn(file, sql, rows[index]?.tree ?? "{}");
      const tables = new Set<string>();
      collect(statement, tables);
      known.set(
        sql,
        Object.freeze({
          tables: Object.freeze([...tables].sort()),
          takesAllSettings: tables.has("config.setting") && takesAllSettings(statement),
        }),
      );
    }
  }
  return new Map(files.map(({ file, sql }) => [file, known.get(sql) ?? { tables: [], takesAllSettings: false }]));
}

function statementIn(file: string, sql: string, text: string): unknown {
  const tree = serialized.parse(JSON.parse(text));
  if (tree.error) {
    throw new UserError({
      where: `${file}:${sql.slice(0, tree.position ?? 0).split("\n").length}`,
      found: `the engine cannot read this SQL: ${tree.error_message ?? "no reason given"}`,
      fix: "a file holds one plain select after its header; mend the statement",
      exitCode: codeOf(file),
    });
  }
  return tree.statements;
}

function collect(node: unknown, found: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, found);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const { type, catalog_name: catalog, schema_name: schema, table_name: table } = node as Record<string, unknown>;
  const isHere = typeof catalog !== "string" || catalog === "";
  if (type === "BASE_TABLE" && isHere && typeof schema === "string" && schema !== "" && typeof table === "string") {
    found.add(`${schema}.${table}`);
  }
  for (const value of Object.values(node)) collect(value, found);
}

function takesAllSettings(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(takesAllSettings);
  if (typeof node !== "object" || node === null) return false;
  const { select_list: list, from_table: from } = node as Record<string, unknown>;
  if (Array.isArray(list) && list.some(isStar) && readsSetting(from)) return true;
  return Object.values(node).some(takesAllSettings);
}

function isStar(node: unknown): boolean {
  return typeof node === "object" && node !== null && "class" in node && node.class === "STAR";
}

function readsSetting(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(readsSetting);
  if (typeof node !== "object" || node === null) return false;
  const { schema_name: schema, table_name: table } = node as Record<string, unknown>;
  return (schema === "config" && table === "setting") || Object.values(node).some(readsSetting);
}

/** What a file waits for, by file. */
interface Waiting {
  readonly item: SqlFile;
  readonly needs: readonly string[];
}

/** A file in its turn, and the models that nobody reads after it. */
export interface Turn {
  readonly item: SqlFile;
  readonly finished: readonly Model[];
}

/** Puts files in an order in which each one's tables exist when it is built: models with their feeders, then checks. */
export async function orderFiles(connection: Connection, files: readonly SqlFile[]): Promise<readonly Turn[]> {
  const models = new Map(
    files.filter((item) => item.type === "model").map((item) => [`${item.schema}.${item.name}`, item]),
  );
  const feeders = Map.groupBy(
    files.filter((item) => item.type === "feeder"),
    (item) => item.into,
  );
  const mustExist = (file: string, table: string, does = "reads"): void => {
    if (models.has(table) || given.has(table.split(".")[0] ?? "") || table === "quality.issue") return;
    throw new UserError({
      where: file,
      found: `it ${does} ${table}, which no model builds`,
      fix: suggest(table, [...models.keys()]),
      exitCode: codeOf(file),
    });
  };

  const waiting = new Map<string, Waiting>();
  const read = await readsOf(connection, files);
  for (const item of files) {
    const references = read.get(item.file)?.tables ?? [];
    for (const table of references) mustExist(item.file, table);
    if (item.type === "feeder") mustExist(item.file, item.into, "adds rows to");
    const needs = new Set<string>();
    for (const table of references) {
      const model = models.get(table);
      if (model !== undefined) needs.add(model.file);
      for (const feeder of feeders.get(table) ?? []) needs.add(feeder.file);
    }
    if (item.type === "feeder") needs.add(models.get(item.into)?.file ?? "");
    waiting.set(item.file, { item, needs: [...needs].sort() });
  }
  const sorted = sortByNeed(waiting);
  const ordered = [
    ...sorted.filter((item) => item.type !== "check"),
    ...sorted.filter((item) => item.type === "check"),
  ];
  const isView = (item: SqlFile | undefined): boolean => item?.type === "model" && item.as === "view";
  const views = new Set(
    ordered.flatMap((item) => (isView(item.type === "feeder" ? models.get(item.into) : item) ? [item.file] : [])),
  );
  const finished = Map.groupBy(models.values(), (model) => lastUse(model, ordered, waiting, views));
  return Object.freeze(ordered.map((item) => Object.freeze({ item, finished: finished.get(item.file) ?? [] })));
}

/** The last file that reads a model; who reads a view reads what the files in `views`, which make it, read. */
function lastUse(
  model: Model,
  ordered: readonly SqlFile[],
  waiting: ReadonlyMap<string, Waiting>,
  views: ReadonlySet<string>,
): string {
  const sources = new Set([model.file]);
  let last = model.file;
  for (const item of ordered) {
    if (!waiting.get(item.file)?.needs.some((file) => sources.has(file))) continue;
    if (views.has(item.file)) sources.add(item.file);
    last = item.file;
  }
  return last;
}

function sortByNeed(waiting: ReadonlyMap<string, Waiting>): readonly SqlFile[] {
  const ordered: SqlFile[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, path: readonly string[]): void => {
    const entry = waiting.get(file);
    if (entry === undefined || state.get(file) === "done") return;
    if (state.get(file) === "open") {
      throw new UserError({
        where: file,
        found: `the models read each other in a circle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`,
        fix: "take one of these reads out",
        exitCode: codeOf(path.find(isOwnFile) ?? file),
      });
    }
    state.set(file, "open");
    for (const need of entry.needs) visit(need, [...path, file]);
    state.set(file, "done");
    ordered.push(entry.item);
  };
  for (const file of [...waiting.keys()].sort()) visit(file, []);
  return Object.freeze(ordered);
}
