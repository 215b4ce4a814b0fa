import { copyFile, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../config/schema.ts";
import { UserError } from "../errors.ts";
import { buildWarehouse, filesFor, rebuildWarehouse } from "../models/build.ts";
import { type LoadedSql, loadSql, type OwnModels, withOwn } from "../models/load.ts";
import { readsOf } from "../models/order.ts";
import { changedSettings, planRebuild, type RebuildPlan } from "../models/rebuild.ts";
import { rulesWith, writeRules } from "../models/rules.ts";
import { type AsOf, todayIn, writeSettings } from "../models/settings.ts";
import { type Connection, type Database, openEngine, quoteName } from "../warehouse/database.ts";
import { type Home, publishedBuild } from "./home.ts";
import { stopOnFailure } from "./refresh.ts";
import { refuseDropped } from "./upkeep/versions.ts";

/** Two warehouses over the same data, built by two sets of rules. */
export interface RuleSides {
  readonly before: string;
  readonly after: string;
  readonly asOf: AsOf;
  /** How each side came about, in words. */
  readonly made: { readonly before: string; readonly after: string };
}

export interface SidesOptions {
  readonly home: Home;
  readonly before: Config;
  readonly after: Config;
  /** `YYYY-MM-DD`; that of the published build when left out. */
  readonly asOf?: string;
  readonly now: Date;
  /** Models of one's own, the same on both sides. */
  readonly own?: OwnModels;
}

/**
 * Builds a warehouse for each of two configurations over the log as it is, without touching the published one, and hands both
 * to `work`; they are gone afterwards. What the published build already has is not built again. Throws UserError: nothing was
 * ever read (2), a check stops (4), a refresh is running (75).
 */
export async function withRuleSides<T>(options: SidesOptions, work: (sides: RuleSides) => Promise<T>): Promise<T> {
  const { home } = options;
  if (!(await isFile(home.log))) {
    throw new UserError({
      where: home.folder,
      found: "nothing has been read here yet",
      fix: "run `attributary refresh` first",
    });
  }
  await mkdir(home.temporary, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(path.join(home.temporary, "compare-"));
  try {
    return await work(await buildSides(options, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildSides(options: SidesOptions, folder: string): Promise<RuleSides> {
  const engine = await openEngine({ temporary: path.join(folder, "spill") });
  try {
    // Whoever reads the log keeps a refresh from writing it, so both sides see the same data.
    await engine.attach(options.home.log, "raw", { readOnly: true });
    const connection = await engine.connect();
    const { own } = options;
    const bench: Bench = { engine, connection, sql: withOwn(await loadSql(), own), own };
    const base = await openBase(bench, options.home);
    const asOf = asOfFor(options, base);
    await refuseDropped(connection, asOf, options.home, "compare --as-of");
    const sides = [
      { name: "before", config: options.before, file: path.join(folder, "before.duckdb") },
      { name: "after", config: options.after, file: path.join(folder, "after.duckdb") },
    ] as const;
    const plans = base === null ? null : await planSides(bench, base, sides, asOf);
    if (plans === null) await mustHaveLog(bench);
    const [before, after] =
      plans === null
        ? [await buildWhole(bench, sides[0], asOf), await buildWhole(bench, sides[1], asOf)]
        : [await buildPart(bench, plans[0]), await buildPart(bench, plans[1])];
    connection.close();
    return Object.freeze({
      before: before.file,
      after: after.file,
      asOf,
      made: { before: before.words, after: after.words },
    });
  } finally {
    engine.close();
  }
}

interface Bench {
  readonly engine: Database;
  readonly connection: Connection;
  readonly sql: LoadedSql;
  readonly own: OwnModels | undefined;
}

interface Side {
  readonly name: string;
  readonly config: Config;
  readonly file: string;
}

interface Made {
  readonly file: string;
  readonly words: string;
}

/** The published build that the sides may start from. */
interface Base {
  readonly file: string;
  readonly asOf: AsOf;
  readonly rules: ReadonlyMap<string, string>;
  /** Whether the log is still where it was when this was built. */
  readonly isOfThisLog: boolean;
}

// A build of an older version has no rules written down and cannot be started from.
async function openBase({ engine, connection }: Bench, home: Home): Promise<Base | null> {
  const build = await publishedBuild(home);
  if (build === undefined || !(await isFile(build.warehouse))) return null;
  await engine.attach(build.warehouse, "published", { readOnly: true });
  const written = await connection.row(
    "select 1 as one from information_schema.tables where table_catalog = 'published' and table_schema = 'config' and table_name = 'rule'",
  );
  if (written === undefined) return null;
  const rules = await connection.rows<{ key: string; value: string }>("select key, value from published.config.rule");
  const setting = await connection.row<{ as_of: string; is_as_of_explicit: boolean }>(
    "select as_of, is_as_of_explicit from published.config.setting",
  );
  const log = await connection.row<{ same: boolean }>(
    `select build.log_position = (select coalesce(max(seq), 0) from raw.record) as same from published.config.build as build`,
  );
  if (setting === undefined) return null;
  return {
    file: build.warehouse,
    asOf: { date: setting.as_of, isExplicit: setting.is_as_of_explicit },
    rules: new Map(rules.map(({ key, value }) => [key, value])),
    isOfThisLog: log?.same === true,
  };
}

function asOfFor({ asOf, before, now }: SidesOptions, base: Base | null): AsOf {
  if (asOf !== undefined) return { date: asOf, isExplicit: true };
  return base?.asOf ?? { date: todayIn(before.reporting.timezone, now), isExplicit: false };
}

interface PlannedSide extends Side {
  readonly base: Base;
  readonly asOf: AsOf;
  /** Null for the published build itself. */
  readonly plan: RebuildPlan | null;
}

// Both sides start from the published build or neither does: otherwise the log could have grown between them.
async function planSides(
  bench: Bench,
  base: Base,
  sides: readonly [Side, Side],
  asOf: AsOf,
): Promise<readonly [PlannedSide, PlannedSide] | null> {
  if (asOf.date !== base.asOf.date || asOf.isExplicit !== base.asOf.isExplicit) return null;
  const before = await planSide(bench, base, sides[0], asOf);
  const after = await planSide(bench, base, sides[1], asOf);
  return before === null || after === null ? null : [before, after];
}

async function planSide(bench: Bench, base: Base, side: Side, asOf: AsOf): Promise<PlannedSide | null> {
  const { engine, connection, sql } = bench;
  const rules = new Map(rulesWith(side.config, sql));
  if (rules.get("models") !== base.rules.get("models")) return null;
  if (rules.size === base.rules.size && [...rules].every(([key, value]) => base.rules.get(key) === value))
    return { ...side, base, asOf, plan: null };
  await copyFile(base.file, side.file);
  await engine.attach(side.file, "warehouse", { isAside: true });
  try {
    await connection.run("use warehouse");
    await connection.run("drop schema config cascade");
    await connection.run(sql.macros);
    await writeSettings(connection, side.config, asOf);
    await writeRules(connection, side.config, sql);
    await keepRest(connection);
    const plan = await planRebuild(
      connection,
      filesFor(sql.files, side.config),
      await changedSettings(connection, "published", "warehouse"),
    );
    return plan.readsLog && !base.isOfThisLog ? null : { ...side, base, asOf, plan };
  } finally {
    await release(bench, "warehouse");
  }
}

// What a build writes into `config` beside settings and rules, such as its place in the log, stays as it was.
async function keepRest(connection: Connection): Promise<void> {
  await connection.run("drop table config.build");
  const rest = await connection.rows<{ name: string }>(
    `select table_name as name from information_schema.tables where table_catalog = 'published' and table_schema = 'config'
     except
     select table_name as name from information_schema.tables where table_catalog = 'warehouse' and table_schema = 'config'
     order by name`,
  );
  for (const { name } of rest) {
    await connection.run(`create table config.${quoteName(name)} as from published.config.${quoteName(name)}`);
  }
}

// A log that only an older version wrote to may lack what models read by now, and only a refresh may add to it.
async function mustHaveLog({ connection, sql }: Bench): Promise<void> {
  const there = await connection.rows<{ name: string }>(
    "select 'raw.' || table_name as name from information_schema.tables where table_catalog = 'raw'",
  );
  const known = new Set(there.map(({ name }) => name));
  const needed = [...(await readsOf(connection, sql.files)).values()].flatMap(({ tables }) => tables);
  if (needed.every((table) => !table.startsWith("raw.") || known.has(table))) return;
  throw new UserError({
    where: "compare",
    found: "the log was last written by an older version of this program",
    fix: "run `attributary refresh --no-extract` first",
  });
}

async function buildPart(bench: Bench, side: PlannedSide): Promise<Made> {
  const { engine, connection } = bench;
  const { plan } = side;
  if (plan === null) return { file: side.base.file, words: "the published build" };
  await engine.attach(side.file, "warehouse", { isAside: true });
  await engine.attach(":memory:", "input");
  await connection.run("use warehouse");
  stopOnFailure("compare", "nothing was compared", await rebuildWarehouse({ connection, plan }));
  await release(bench, "warehouse", "input");
  return { file: side.file, words: `the published build with ${plan.turns.length} models and checks built again` };
}

async function buildWhole(bench: Bench, side: Side, asOf: AsOf): Promise<Made> {
  const { engine, connection } = bench;
  await rm(side.file, { force: true });
  await engine.attach(side.file, "warehouse", { isAside: true });
  await engine.attach(":memory:", "input");
  await connection.run("use warehouse");
  const own = bench.own === undefined ? {} : { own: bench.own };
  const result = await buildWarehouse({ connection, config: side.config, asOf, ...own });
  stopOnFailure("compare", "nothing was compared", result);
  await release(bench, "warehouse", "input");
  return { file: side.file, words: "built from the log" };
}

async function release({ engine, connection }: Bench, ...names: readonly string[]): Promise<void> {
  await connection.run("use memory");
  for (const name of names) await engine.detach(name);
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
