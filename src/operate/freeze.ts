import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { buildApart } from "../models/build.ts";
import { suggest } from "../nearest.ts";
import { type Connection, openEngine, quoteName } from "../warehouse/database.ts";
import type { Scope } from "./differences.ts";
import type { Build, Home } from "./home.ts";

/** A period as it was presented. */
export interface Frozen extends Scope {
  /** When, as an ISO moment in UTC. */
  readonly frozenAt: string;
  readonly by: string;
  /** The build that was published then, and the date it spoke of. */
  readonly run: string;
  readonly asOf: string;
  /** The last record of the log that the build had read. */
  readonly logPosition: number;
  /** `<home>/frozen/<period>/<moment>`. */
  readonly folder: string;
  /** The values and the rows behind them, readable like a warehouse. */
  readonly facts: string;
}

/** What is to be recorded. */
export interface FreezeOptions {
  readonly home: Home;
  /** The published build that was presented. */
  readonly build: Build;
  readonly scope: Scope;
  readonly by: string;
  readonly at: Date;
  /** Files kept beside the facts: the scorecard as it was handed out. */
  readonly files: readonly { readonly name: string; readonly content: string | Uint8Array }[];
}

const factsFile = "facts.duckdb";
const recordFile = "frozen.json";

const record = z.object({
  period: z.string(),
  startsOn: z.iso.date(),
  endsOn: z.iso.date(),
  frozenAt: z.iso.datetime(),
  by: z.string(),
  run: z.string(),
  asOf: z.iso.date(),
  logPosition: z.number(),
});

/** Records a period as presented: written aside and renamed, so that it is there whole or not at all. An earlier one of the same period stays. */
export async function freezePeriod(options: FreezeOptions): Promise<Frozen> {
  const { home, build, scope, at } = options;
  const frozenAt = at.toISOString();
  const below = path.join(home.frozen, scope.period);
  const folder = path.join(below, frozenAt.replaceAll(/[-:]|\.\d+/g, ""));
  const aside = `${folder}.next`;
  try {
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { recursive: true });
  } catch (error) {
    throw new UserError({
      where: below,
      found: `this folder cannot be written (${messageOf(error)})`,
      fix: "give it to the user who runs this",
      exitCode: exitCode.usage,
      cause: error,
    });
  }
  const written = await writeFacts(build.warehouse, path.join(aside, factsFile), scope);
  const told = {
    period: scope.period,
    startsOn: scope.startsOn,
    endsOn: scope.endsOn,
    frozenAt,
    by: options.by,
    run: build.run,
    ...written,
  };
  await writeFile(path.join(aside, recordFile), `${JSON.stringify(told, null, 2)}\n`);
  for (const file of options.files) await writeFile(path.join(aside, file.name), file.content);
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder);
  return Object.freeze({ ...told, folder, facts: path.join(folder, factsFile) });
}

// The facts are tables of the same names as a warehouse's, so that whoever reads one can read the other.
async function writeFacts(
  warehouse: string,
  file: string,
  scope: Scope,
): Promise<{ readonly asOf: string; readonly logPosition: number }> {
  const engine = await openEngine();
  try {
    await engine.attach(warehouse, "published", { readOnly: true });
    await engine.attach(file, "frozen");
    const connection = await engine.connect();
    await connection.run("use frozen");
    for (const schema of ["config", "staging", "attribution", "marts", "metrics"]) {
      await connection.run(`create schema ${schema}`);
    }
    await copySettings(connection);
    await connection.run(
      "create table config.scope as select $1::varchar as period, $2::date as starts_on, $3::date as ends_on",
      [scope.period, scope.startsOn, scope.endsOn],
    );
    const broken = await buildApart(connection, "freeze");
    if (broken.length > 0) {
      throw new Error(
        `a frozen period broke a rule: ${broken.map((failure) => `${failure.file}, ${failure.check}`).join("; ")}`,
      );
    }
    const row = await connection.row<{ as_of: string; position: number }>(
      "select setting.as_of, build.log_position as position from config.setting cross join config.build",
    );
    await connection.run("use memory");
    connection.close();
    await engine.detach("frozen");
    if (row === undefined) throw new Error("a warehouse has no settings");
    return { asOf: row.as_of, logPosition: row.position };
  } finally {
    engine.close();
  }
}

async function copySettings(connection: Connection): Promise<void> {
  const tables = await connection.rows<{ name: string }>(
    "select table_name as name from information_schema.tables where table_catalog = 'published' and table_schema = 'config'",
  );
  if (!tables.some((table) => table.name === "build")) {
    throw new UserError({
      where: "scorecard --freeze",
      found: "the published build was made by an older version, which did not write down its rules",
      fix: "run `attributary refresh`, then freeze",
    });
  }
  for (const { name } of tables) {
    await connection.run(`create table config.${quoteName(name)} as from published.config.${quoteName(name)}`);
  }
}

/** Every recorded period, the latest of each last. */
export async function frozenPeriods(home: Home): Promise<readonly Frozen[]> {
  const found: Frozen[] = [];
  for (const period of await namesIn(home.frozen)) {
    for (const moment of await namesIn(path.join(home.frozen, period))) {
      if (moment.endsWith(".next")) continue;
      const folder = path.join(home.frozen, period, moment);
      const told = record.parse(JSON.parse(await readFile(path.join(folder, recordFile), "utf8")));
      found.push(Object.freeze({ ...told, folder, facts: path.join(folder, factsFile) }));
    }
  }
  return Object.freeze(found);
}

/** The latest record of each period. */
export function latestOfEach(all: readonly Frozen[]): readonly Frozen[] {
  return [...new Map(all.map((frozen) => [frozen.period, frozen])).values()];
}

/** The latest record of a period. Throws UserError (exit 2) when there is none. */
export async function needFrozen(home: Home, period: string): Promise<Frozen> {
  const all = latestOfEach(await frozenPeriods(home));
  const found = all.find((frozen) => frozen.period === period);
  if (found !== undefined) return found;
  const firstFix = /^\d{4}-Q[1-4]$/.test(period)
    ? `record it first with \`attributary scorecard --period ${period} --freeze\``
    : "only quarters are frozen: `attributary scorecard --period 2026-Q3 --freeze` records one";
  throw new UserError({
    where: `diff --frozen ${period}`,
    found: "this period was never frozen",
    fix:
      all.length === 0
        ? firstFix
        : suggest(
            period,
            all.map((frozen) => frozen.period),
          ),
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
