import path from "node:path";
import type { Config } from "../config/schema.ts";
import { messageOf, UserError } from "../errors.ts";
import { isDiskRefusal } from "../folders.ts";
import { suggest } from "../nearest.ts";
import { type Connection, quoteName } from "../warehouse/database.ts";
import { runCheck, runHeaderChecks, type StoppingFailure } from "./checks.ts";
import { type FrozenFacts, writeFrozen } from "./frozen.ts";
import { codeOf, type Feeder, isOwnFile, type Model, type SqlFile } from "./header.ts";
import { loadSql, type ModelsApart, type OwnModels, withOwn } from "./load.ts";
import { orderFiles, type Turn } from "./order.ts";
import type { RebuildPlan } from "./rebuild.ts";
import { writeRules } from "./rules.ts";
import { type AsOf, writeSettings } from "./settings.ts";

const vendors = ["hubspot", "salesforce", "stripe"] as const;

/** What a build needs: a connection whose default catalog is the empty warehouse, with `raw` and `input` attached. */
export interface BuildOptions {
  readonly connection: Connection;
  readonly config: Config;
  readonly asOf: AsOf;
  /** The periods that were presented, the latest record of each. */
  readonly frozen?: readonly FrozenFacts[];
  /** Folder of the models; the ones that come with this version by default. */
  readonly sql?: string;
  /** Models of one's own beside them. */
  readonly own?: OwnModels;
  /** Leaves the tables of `input` in place; otherwise each is dropped as soon as nobody reads it any more, which saves memory. */
  readonly keepsInput?: boolean;
  /** Called after each file, and once more after the checks of its header, for progress and benchmarks. */
  readonly onStep?: (step: BuildStep) => void;
}

/** One file that was run, or the checks of its header. */
export interface BuildStep {
  readonly file: string;
  readonly kind: "model" | "check";
  readonly milliseconds: number;
}

/** What a build found out about itself. */
export interface BuildResult {
  /** Failures that must stop the publish (R93). */
  readonly stopping: readonly StoppingFailure[];
  /** How many models, feeders and checks ran. */
  readonly files: number;
}

/** Builds every model in order and runs every check. Throws UserError (exit 1) naming the file whose SQL fails. */
export async function buildWarehouse(options: BuildOptions): Promise<BuildResult> {
  const { connection } = options;
  const loaded = withOwn(await loadSql(options.sql), options.own);
  const { macros } = loaded;
  await connection.run(macros);
  await writeSettings(connection, options.config, options.asOf);
  const files = await withoutEmpty(connection, filesFor(loaded.files, options.config));
  await writeRules(connection, options.config, loaded);
  await writeFrozen(connection, options.frozen ?? []);
  for (const schema of ["staging", "attribution", "marts", "metrics", "quality"]) {
    await connection.run(`create schema ${schema}`);
  }
  await connection.run(
    `create table quality.issue (
         check_id varchar, severity varchar, entity varchar, entity_key varchar, message varchar, fix varchar,
         amount_reporting_minor bigint
     )`,
  );
  return withFewThreads(connection, async () => {
    const stopping = await buildFiles(connection, files, options);
    await sortIssues(connection);
    return Object.freeze({ stopping, files: files.length });
  });
}

// A build of a log of this many versions spends its time on plans, which one thread makes; others only wake and wait, a fifth of its time.
const fewVersions = 10_000;

async function withFewThreads<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  const found = await connection.row<{ versions: number; threads: number }>(
    "select count(*) as versions, current_setting('threads') as threads from raw.record",
  );
  if (found === undefined || found.versions > fewVersions) return work();
  await connection.run("set threads = 1");
  try {
    return await work();
  } finally {
    await connection.run(`set threads = ${found.threads}`);
  }
}

/** The files that a build by this configuration runs: all but those of vendors that no source is of. */
export function filesFor(files: readonly SqlFile[], config: Config): readonly SqlFile[] {
  return files.filter((item) => !isOfAbsentVendor(item, config));
}

// A vendor's folder reads what that vendor's sources landed and nobody else reads it, so without a source it says nothing.
function isOfAbsentVendor({ file }: SqlFile, config: Config): boolean {
  const vendor = vendors.find((kind) => file.startsWith(path.join("sql", "staging", kind, path.sep)));
  return vendor !== undefined && !config.sources.some((source) => source.kind === vendor);
}

// A file drop's feeder reads the lines of its entity, or the object that `mapping` names for it, and nothing else: where there is
// neither it says nothing, and to plan it all the same takes longer than to read a small company's lines.
async function withoutEmpty(connection: Connection, files: readonly SqlFile[]): Promise<readonly SqlFile[]> {
  const streams = await connection.rows<{ stream: string }>(
    "select distinct stream from raw.record union select entity from config.object_column",
  );
  const filled = new Set(streams.map(({ stream }) => `input.${stream}`));
  const folder = path.join("sql", "staging", "files", path.sep);
  return files.filter((item) => item.type !== "feeder" || !item.file.startsWith(folder) || filled.has(item.into));
}

/**
 * Builds models that are no part of a warehouse, into schemas that exist in the connection's catalog; other catalogs they name
 * are attached. Returns what breaks their checks. Throws UserError (exit 1) naming the file whose SQL fails.
 */
export async function buildApart(
  connection: Connection,
  part: ModelsApart,
  sql?: string,
): Promise<readonly StoppingFailure[]> {
  const { macros, files } = await loadSql(sql, part);
  await connection.run(macros);
  return buildFiles(connection, files);
}

/** Brings a warehouse that was built by other rules up to date: what has to be built again stands in `plan`. */
export interface RebuildOptions {
  /** Its default catalog is a copy of a published warehouse, its schema `config` as the other rules have it; `raw` and `input` are attached. */
  readonly connection: Connection;
  readonly plan: RebuildPlan;
}

/** Builds again what a plan says and leaves everything else as it stands. Returns what breaks the checks of what was built. */
export async function rebuildWarehouse({ connection, plan }: RebuildOptions): Promise<BuildResult> {
  await dropStale(connection, plan);
  return withFewThreads(connection, async () => {
    const stopping = await buildInTurn(connection, plan.turns);
    await sortIssues(connection);
    return Object.freeze({ stopping, files: plan.turns.length });
  });
}

async function dropStale(connection: Connection, plan: RebuildPlan): Promise<void> {
  for (const { item } of plan.turns) {
    if (item.type === "check") await connection.run("delete from quality.issue where check_id = $1", [item.id]);
    if (item.type !== "model" || item.schema === "input" || !item.isKept) continue;
    await connection.run(`drop ${item.as} if exists ${tableName(item)}`);
  }
}

async function buildFiles(
  connection: Connection,
  files: readonly SqlFile[],
  options: Pick<BuildOptions, "keepsInput" | "onStep" | "own"> = {},
): Promise<readonly StoppingFailure[]> {
  return buildInTurn(connection, await orderFiles(connection, files), options);
}

async function buildInTurn(
  connection: Connection,
  turns: readonly Turn[],
  { keepsInput = false, onStep, own }: Pick<BuildOptions, "keepsInput" | "onStep" | "own"> = {},
): Promise<readonly StoppingFailure[]> {
  const stopping: StoppingFailure[] = [];
  const check = async (model: Model): Promise<void> => {
    if (model.checks.length === 0) return;
    const start = performance.now();
    stopping.push(...(await runHeaderChecks(connection, model)));
    onStep?.({ file: model.file, kind: "check", milliseconds: performance.now() - start });
  };
  const isKept = (model: Model): boolean =>
    model.isKept && (keepsInput || model.schema !== "input" || model.as === "view");

  // No model may lean on the order of a table's rows; a grain's order is asked for. Free of it, statements use every core and copy less.
  await connection.run("set preserve_insertion_order = false");
  const views = new Map<string, string>();
  for (const { item, finished } of turns) {
    const start = performance.now();
    try {
      if (item.type === "model") await buildModel(connection, item);
      if (item.type === "model" && item.as === "view") views.set(`${item.schema}.${item.name}`, item.sql);
      else if (item.type === "feeder") await feed(connection, item, views, own);
      else if (item.type === "check") stopping.push(...(await runCheck(connection, item)));
    } catch (error) {
      // A full disk is no fault of the statement that met it.
      if (error instanceof UserError || isDiskRefusal(error)) throw error;
      const isOwn = isOwnFile(item.file);
      const line = await lineOf(connection, item.sql);
      throw new UserError({
        where: line === undefined ? item.file : `${item.file}:${line}`,
        found: `the engine refused it: ${messageOf(error)}`,
        fix: isOwn ? "mend the file" : "this is a defect of the models; mend the file",
        exitCode: codeOf(item.file),
        cause: error,
      });
    }
    onStep?.({
      file: item.file,
      kind: item.type === "check" ? "check" : "model",
      milliseconds: performance.now() - start,
    });
    for (const model of finished.filter((candidate) => !isKept(candidate))) {
      await check(model);
      await connection.run(`drop table ${tableName(model)}`);
    }
  }
  for (const { item } of turns) if (item.type === "model" && isKept(item)) await check(item);
  await connection.run("reset preserve_insertion_order");
  return Object.freeze(stopping);
}

/** The line of a file at which the engine stops when it is given the file alone; undefined where only its rows are at fault. */
async function lineOf(connection: Connection, sql: string): Promise<string | undefined> {
  return connection.check(sql).then(
    () => undefined,
    (error: unknown) => /^LINE (\d+):/m.exec(messageOf(error))?.[1],
  );
}

async function buildModel(connection: Connection, model: Model): Promise<void> {
  const name = tableName(model);
  if (model.as === "view") {
    await connection.run(`create view ${name} as\n${model.sql}`);
    return;
  }
  const isOrdered = model.isOrdered && model.grain.length > 0;
  const body = isOrdered
    ? `select * from (\n${model.sql}\n) order by ${model.grain.map(quoteName).join(", ")}`
    : model.sql;
  await connection.run(`create table ${name} as\n${body}`);
}

function tableName(model: Model): string {
  return `${quoteName(model.schema)}.${quoteName(model.name)}`;
}

/** Adds a feeder's rows to its table, or its select to the selects of the view that it feeds, which `views` holds by name. */
async function feed(
  connection: Connection,
  feeder: Feeder,
  views: Map<string, string>,
  own: OwnModels | undefined,
): Promise<void> {
  const [schema = "", name = ""] = feeder.into.split(".");
  const before = views.get(feeder.into);
  if (before !== undefined) {
    const select = `${before}\nunion all by name\n(\n${feeder.sql}\n)`;
    views.set(feeder.into, select);
    await connection.run(`create or replace view ${quoteName(schema)}.${quoteName(name)} as\n${select}`);
    return;
  }
  if (schema === "metrics" && own !== undefined && isOwnFile(feeder.file)) await refuseForeign(connection, feeder, own);
  await connection.run(`insert into ${quoteName(schema)}.${quoteName(name)} by name\n${feeder.sql}`);
}

// A row for a metric of somebody else's would change that number without a word.
async function refuseForeign(connection: Connection, feeder: Feeder, own: OwnModels): Promise<void> {
  const rows = await connection.rows<{ metric: string | null }>(
    `select distinct metric from (\n${feeder.sql}\n) order by metric`,
  );
  const foreign = rows.map(({ metric }) => metric ?? "").find((metric) => !own.mayWrite(metric));
  if (foreign === undefined) return;
  throw new UserError({
    where: feeder.file,
    found: `it writes the metric "${foreign}", which no definition in the same folder names`,
    fix: suggest(foreign, own.metricIds),
  });
}

// Findings come from many checks; one order makes two builds of the same log equal byte for byte.
async function sortIssues(connection: Connection): Promise<void> {
  await connection.run("create table quality.sorted as select * from quality.issue order by all");
  await connection.run("drop table quality.issue");
  await connection.run("alter table quality.sorted rename to issue");
}
