import { mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Effects } from "../effects.ts";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { refuseUnproven } from "../extract/log.ts";
import { openLog } from "../extract/open-log.ts";
import type { StreamReport } from "../extract/run.ts";
import { tellDisk } from "../folders.ts";
import { type BuildResult, buildWarehouse } from "../models/build.ts";
import { loadSql, type OwnModels, withOwn } from "../models/load.ts";
import { recordRules } from "../models/rules.ts";
import { type AsOf, todayIn } from "../models/settings.ts";
import type { EarlierFindings } from "../reports/earlier.ts";
import type { WrittenSite } from "../reports/site.ts";
import { type Connection, type Database, openEngine } from "../warehouse/database.ts";
import { readEarlierFindings } from "./earlier.ts";
import type { Frozen } from "./freeze.ts";
import { type Build, buildAt, dropOldBuilds, type Home, homeAt, nameAt, prepareHome, publish } from "./home.ts";
import { attachFrozen, presentedPeriods, tellRestated } from "./restated.ts";
import { tellRunning } from "./status.ts";
import { keepLogSmall, type LogReport } from "./upkeep/prune.ts";
import { refuseDropped } from "./upkeep/versions.ts";
import { droppedLines } from "./upkeep/words.ts";

/** What a refresh hands to the extraction. */
export interface ExtractRequest {
  readonly connection: Connection;
  readonly database: Database;
  readonly runId: string;
  readonly startedAt: Date;
  /** Only this source, when named. */
  readonly only?: string;
  /** Forget the cursors and read everything. */
  readonly full: boolean;
}

/** What a refresh hands to whoever draws the site. */
export interface SiteRequest {
  /** The warehouse that was built, to be opened for reading. */
  readonly warehouse: string;
  readonly directory: string;
  readonly builtAt: Date;
  /** The folder of the site published before; there may be none. */
  readonly before?: string;
  /** What the builds before this one found in the data, oldest first. */
  readonly earlier?: readonly EarlierFindings[];
}

export interface RefreshOptions {
  readonly loaded: LoadedConfig;
  readonly effects: Effects;
  /** Reads the sources into the log. */
  readonly extract: (request: ExtractRequest) => Promise<readonly StreamReport[]>;
  /** Draws the site; returns how many pages it has and how many of its files changed. */
  readonly draw: (request: SiteRequest) => Promise<WrittenSite>;
  readonly only?: string;
  readonly full?: boolean;
  /** Build from the log as it is. */
  readonly noExtract?: boolean;
  /** `YYYY-MM-DD`; today when left out. */
  readonly asOf?: string;
  /** Folder of the models; the ones that come with this version by default. */
  readonly sql?: string;
  /** Models of one's own beside them. */
  readonly own?: OwnModels;
  /** A line for people about what is happening. */
  readonly tell: (line: string) => void;
  /** Looks at the log at the end, however the refresh ended; what it throws changes nothing. */
  readonly watch?: (connection: Connection) => Promise<void>;
}

/** How a refresh ended. */
export interface RefreshReport {
  readonly run: string;
  readonly asOf: string;
  readonly streams: readonly StreamReport[];
  readonly pages: number;
  readonly index: string;
  readonly warehouse: string;
  readonly issues: { readonly error: number; readonly warning: number; readonly info: number };
  /** What `retention` no longer keeps: names of builds, versions of records, and what the log's file takes less. */
  readonly dropped: { readonly builds: readonly string[]; readonly versions: number; readonly log_bytes: number };
  readonly seconds: { readonly extract: number; readonly build: number; readonly site: number };
}

/**
 * Extract → build → check → draw → publish. The last good build stays published whatever fails:
 * a source (exit 3), an invariant (exit 4), a disk that takes no more (exit 2), another refresh that is running (exit 75).
 */
export async function refresh(options: RefreshOptions): Promise<RefreshReport> {
  const effect = "nothing was published, and the last good site stays";
  return tellDisk(options.loaded.home, effect, () => refreshAlone(options));
}

async function refreshAlone(options: RefreshOptions): Promise<RefreshReport> {
  const { loaded, effects, tell } = options;
  const startedAt = effects.now();
  const home = homeAt(loaded.home);
  await prepareHome(home);
  const engine = await openEngine({ temporary: path.join(home.temporary, "spill") });
  let isAlone = false;
  let fallSilent = async (): Promise<void> => undefined;
  try {
    await openLog(engine, home.log, tell);
    // From here on this process alone may write below home.
    isAlone = true;
    const run = effects.run ?? nameAt(startedAt);
    fallSilent = await tellRunning(home, run, effects.now);
    const cleared = await clearScratch(home, loaded.config.retention.builds);
    const connection = await engine.connect();
    await recordRules(connection, loaded.config, withOwn(await loadSql(options.sql), options.own), startedAt);

    const asOf = asOfOf(options, startedAt);
    await refuseDropped(connection, asOf, home, "--as-of");

    // Extraction looks by itself before it reads.
    if (options.noExtract === true) await refuseUnproven(connection);
    const extractStart = performance.now();
    const streams =
      options.noExtract === true
        ? []
        : await options.extract({
            connection,
            database: engine,
            runId: run,
            startedAt,
            full: options.full ?? false,
            ...(options.only === undefined ? {} : { only: options.only }),
          });
    const extractSeconds = secondsSince(extractStart);

    const build = buildAt(home, run);
    const buildStart = performance.now();
    const frozen = await presentedPeriods(home, tell);
    const result = await buildAside(engine, connection, build, options, asOf, frozen);
    const issues = await countIssues(connection);
    stopOnFailure("refresh", "nothing was published; the last good site stays", result);
    await connection.run("use memory");
    await engine.detach("warehouse");
    await engine.detach("input");
    await tellRestated(engine, build, frozen, tell);
    const buildSeconds = secondsSince(buildStart);
    tell(`built ${result.files} models and checks as of ${asOf.date} in ${buildSeconds.toFixed(1)} s`);

    const siteStart = performance.now();
    const { pages, written } = await options.draw({
      warehouse: build.warehouse,
      directory: build.site,
      builtAt: startedAt,
      before: path.join(home.current, "site"),
      earlier: await readEarlierFindings(home),
    });
    const siteSeconds = secondsSince(siteStart);
    tell(`drew ${pages} pages in ${siteSeconds.toFixed(1)} s, ${written} files of the site are new or changed`);
    const builds = [...cleared, ...(await publish(home, build, loaded.config.retention.builds))];
    tell(findingsLine(issues));
    connection.close();
    const dropped = { ...(await keepSmall(engine, home, loaded, startedAt, tell)), builds };
    for (const line of droppedLines({ ...dropped, is_dry: false })) tell(line);
    return Object.freeze({
      run,
      asOf: asOf.date,
      streams,
      pages,
      index: path.join(home.site, "index.html"),
      warehouse: path.join(home.current, "warehouse.duckdb"),
      issues,
      dropped: {
        builds,
        versions: dropped.versions,
        log_bytes: dropped.log_bytes_before - dropped.log_bytes_after,
      },
      seconds: { extract: extractSeconds, build: buildSeconds, site: siteSeconds },
    });
  } finally {
    if (isAlone && options.watch !== undefined) {
      // An engine that broke has nothing more to tell; what broke it is told by the refresh itself.
      await watchLog(engine, options.watch).catch(() => undefined);
    }
    engine.close();
    // The scratch folder of a refresh that came second is the first one's.
    if (isAlone) await rm(home.temporary, { recursive: true, force: true });
    await fallSilent();
  }
}

/** Drops of the log what `retention` no longer keeps. What was published stays so: a place that does not take it is told and tried again. */
async function keepSmall(
  engine: Database,
  home: Home,
  loaded: LoadedConfig,
  now: Date,
  tell: (line: string) => void,
): Promise<LogReport> {
  try {
    return await keepLogSmall(engine, home, { loaded, now });
  } catch (error) {
    tell(`the log could not be made smaller, the next refresh tries again: ${messageOf(error)}`);
    const bytes = await stat(home.log).then(({ size }) => size);
    return {
      versions: 0,
      of_versions: 0,
      kept_from: null,
      log_bytes_before: bytes,
      log_bytes_after: bytes,
      is_rewritten: false,
    };
  }
}

/** The date to publish as of. One that has not come yet is taken as given, and told. */
function asOfOf({ asOf, loaded, tell }: RefreshOptions, startedAt: Date): AsOf {
  const today = todayIn(loaded.config.reporting.timezone, startedAt);
  if (asOf !== undefined && asOf > today) {
    tell(
      `--as-of ${asOf} has not come yet (today is ${today} in ${loaded.config.reporting.timezone}): the site will show what is known now as if that day were over`,
    );
  }
  return { date: asOf ?? today, isExplicit: asOf !== undefined };
}

async function watchLog(engine: Database, watch: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await engine.connect();
  try {
    await watch(connection);
  } finally {
    connection.close();
  }
}

async function buildAside(
  engine: Database,
  connection: Connection,
  build: Build,
  options: RefreshOptions,
  asOf: AsOf,
  frozen: readonly Frozen[],
): Promise<BuildResult> {
  await mkdir(build.folder, { recursive: true });
  // What is read once and dropped stays in memory, and is spilled only when it must be: writing it to a file costs more than making it.
  await engine.attach(":memory:", "input");
  await engine.attach(build.warehouse, "warehouse", { isAside: true });
  await connection.run("use warehouse");
  const facts = await attachFrozen(engine, frozen, options.tell);
  const result = await buildWarehouse({
    connection,
    config: options.loaded.config,
    asOf,
    frozen: facts,
    ...(options.sql === undefined ? {} : { sql: options.sql }),
    ...(options.own === undefined ? {} : { own: options.own }),
  });
  for (const each of facts) await engine.detach(each.catalog);
  return result;
}

function findingsLine(issues: RefreshReport["issues"]): string {
  const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  if (issues.error + issues.warning === 0) return "nothing to mend in the sources";
  const parts = [counted(issues.error, "error", "errors"), counted(issues.warning, "warning", "warnings")];
  return `found in the sources: ${parts.join(" and ")}; the Data quality page lists them with what to do`;
}

async function clearScratch(home: Home, buildsKept: number): Promise<readonly string[]> {
  await rm(home.temporary, { recursive: true, force: true });
  await mkdir(home.temporary, { recursive: true });
  return dropOldBuilds(home, buildsKept);
}

async function countIssues(connection: Connection): Promise<RefreshReport["issues"]> {
  const rows = await connection.rows<{ severity: "error" | "warning" | "info"; count: number }>(
    "select severity, count(*) as count from quality.issue group by severity",
  );
  const count = (severity: string): number => rows.find((row) => row.severity === severity)?.count ?? 0;
  return { error: count("error"), warning: count("warning"), info: count("info") };
}

/** Throws UserError (exit 4) with the rows that break a check which must hold; `effect` says what did not happen because of it. */
export function stopOnFailure(where: string, effect: string, result: BuildResult): void {
  if (result.stopping.length === 0) return;
  const lines = result.stopping.map(
    (failure) =>
      `${failure.check} (${failure.file}): ${failure.rows} ${failure.rows === 1 ? "row breaks" : "rows break"} it\n${failure.examples
        .map((example) => `    ${example}`)
        .join("\n")}`,
  );
  throw new UserError({
    where,
    found: `${result.stopping.length === 1 ? "a check" : `${result.stopping.length} checks`} of the build failed:\n${lines.join("\n")}`,
    fix: `${effect}. Report the rows above, they break a rule that should always hold`,
    exitCode: exitCode.check,
  });
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
