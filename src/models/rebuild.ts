import type { Connection } from "../warehouse/database.ts";
import type { Model, SqlFile } from "./header.ts";
import { orderFiles, readsOf, type Turn } from "./order.ts";

/** What has to be built again when some settings change, in an order in which everything it reads exists. */
export interface RebuildPlan {
  readonly turns: readonly Turn[];
  /** Whether any of it reads the log, so that the log must be as it was when the rest was built. */
  readonly readsLog: boolean;
}

/** Settings that differ between two warehouses. */
export interface ChangedSettings {
  /** Tables of the schema `config`, `config.setting` left out. */
  readonly tables: ReadonlySet<string>;
  /** Columns of `config.setting`. */
  readonly columns: ReadonlySet<string>;
}

/** What `config.setting` and the other tables of `config` have differently in two catalogs. */
export async function changedSettings(connection: Connection, before: string, after: string): Promise<ChangedSettings> {
  const tables = await connection.rows<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_catalog = $1 and table_schema = 'config' and table_name not in ('rule', 'build') order by name`,
    [before],
  );
  const changed = new Set<string>();
  for (const { name } of tables) {
    if (name === "setting") continue;
    const row = await connection.row<{ count: number }>(
      `select count(*) as count from (
           (from ${before}.config."${name}" except all from ${after}.config."${name}")
           union all
           (from ${after}.config."${name}" except all from ${before}.config."${name}")
       )`,
    );
    if (row?.count !== 0) changed.add(`config.${name}`);
  }
  const [earlier = {}] = await connection.rows(`from ${before}.config.setting`);
  const [later = {}] = await connection.rows(`from ${after}.config.setting`);
  const columns = Object.keys(later).filter((name) => text(earlier[name]) !== text(later[name]));
  return Object.freeze({ tables: changed, columns: new Set(columns) });
}

function text(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

/**
 * What has to be built again when settings change: every file that reads a changed table of `config`, or names a changed column
 * of `config.setting`, everything that reads what those build, and whatever they read that no warehouse keeps.
 */
export async function planRebuild(
  connection: Connection,
  files: readonly SqlFile[],
  changed: ChangedSettings,
): Promise<RebuildPlan> {
  const turns = await orderFiles(connection, files);
  const models = new Map(
    files.filter((item): item is Model => item.type === "model").map((item) => [`${item.schema}.${item.name}`, item]),
  );
  const reads = await readsOf(connection, files);
  const feedersOf = (table: string): readonly SqlFile[] =>
    files.filter((item) => item.type === "feeder" && item.into === table);

  const stale = new Set<string>();
  const built = new Set<SqlFile>();
  // Models come before what reads them, so one pass in their order finds everything downstream.
  for (const { item } of turns) {
    const { tables = [], takesAllSettings = false } = reads.get(item.file) ?? {};
    const isStale =
      tables.some((table) => stale.has(table) || changed.tables.has(table)) ||
      (tables.includes("config.setting") && namesSetting(item, takesAllSettings, changed.columns));
    if (!isStale) continue;
    built.add(item);
    const target =
      item.type === "model" ? `${item.schema}.${item.name}` : item.type === "feeder" ? item.into : undefined;
    if (target !== undefined) stale.add(target);
  }
  // A table that several files fill is filled anew by all of them.
  const waiting = [...built, ...[...stale].flatMap((table) => [...only(models.get(table)), ...feedersOf(table)])];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    built.add(item);
    for (const table of reads.get(item.file)?.tables ?? []) {
      const model = models.get(table);
      if (model === undefined || built.has(model) || (model.schema !== "input" && model.isKept)) continue;
      waiting.push(model, ...feedersOf(table));
    }
  }
  return Object.freeze({
    turns: turnsOf(turns, built),
    readsLog: [...built].some((item) => (reads.get(item.file)?.tables ?? []).some((table) => table.startsWith("raw."))),
  });
}

// A model whose last reader is not built again is finished with the last file before it that is.
function turnsOf(turns: readonly Turn[], built: ReadonlySet<SqlFile>): readonly Turn[] {
  const kept: { readonly item: SqlFile; readonly finished: Model[] }[] = [];
  for (const { item, finished } of turns) {
    if (built.has(item)) kept.push({ item, finished: [] });
    kept.at(-1)?.finished.push(...finished.filter((model) => built.has(model)));
  }
  return Object.freeze(kept);
}

function only(model: Model | undefined): readonly Model[] {
  return model === undefined ? [] : [model];
}

// A word of the same spelling that means something else only builds more than is needed.
function namesSetting(item: SqlFile, takesAllSettings: boolean, columns: ReadonlySet<string>): boolean {
  if (columns.size === 0) return false;
  const words = new Set(item.sql.match(/\w+/g));
  return takesAllSettings || [...columns].some((column) => words.has(column));
}
