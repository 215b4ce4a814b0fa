import { glob } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isUnreachable, type LoadedConfig } from "../config/load.ts";
import { secretsOf } from "../config/secrets.ts";
import type { Effects } from "../effects.ts";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { runExtraction } from "../extract/run.ts";
import { isPage, type Page } from "../reports/page.ts";
import { type WrittenSite, writeSite } from "../reports/site.ts";
import { withoutSecretsIn } from "../secrets.ts";
import { type Connection, openReadOnly } from "../warehouse/database.ts";
import { runAlerts } from "./alerts/run.ts";
import { commentaryForSite } from "./commentary.ts";
import { loadExtension } from "./extend.ts";
import { homeAt, useRightsOf } from "./home.ts";
import { type RefreshReport, refresh, type SiteRequest } from "./refresh.ts";
import { forgetRunning, readSources, recordRun, runError, type SourceRecord } from "./status.ts";

/** The folder of the pages that this version comes with. */
const dashboards = path.join(import.meta.dirname, "..", "..", "dashboards");

export interface PipelineOptions {
  readonly loaded: LoadedConfig;
  readonly effects: Effects;
  readonly tell: (line: string) => void;
  /** Extract only this source. */
  readonly source?: string;
  readonly full?: boolean;
  readonly noExtract?: boolean;
  /** Streams, as `stream` or `source.stream`, that may lose as many records as they like in this refresh. */
  readonly acceptDrop?: readonly string[];
  /** `YYYY-MM-DD`. */
  readonly asOf?: string;
  /** Which pages are drawn; all by default. */
  readonly draws?: (page: Page) => boolean;
}

/** A refresh with the real sources and the real pages, kept in the status file however it ends. Throws what `refresh` throws. */
export async function refreshAndPublish(options: PipelineOptions): Promise<RefreshReport> {
  const { loaded, effects, tell } = options;
  const home = homeAt(loaded.home);
  await useRightsOf(home, effects);
  const startedAt = effects.now().toISOString();
  let sources: readonly SourceRecord[] | undefined;
  const watch = async (connection: Connection): Promise<void> => {
    sources = await readSources(connection);
  };
  try {
    const report = await refreshReal(options, watch);
    const run = { run: report.run, exit_code: exitCode.fine, as_of: report.asOf, error: null };
    const times = { started_at: startedAt, ended_at: effects.now().toISOString() };
    await recordRun(home, { ...run, ...times }, { sources, findings: report.issues }).catch((error: unknown) => {
      tell(`the status file could not be written: ${messageOf(error)}`);
    });
    await tellAlerts(options);
    return report;
  } catch (error) {
    const { code, text } = runError(withoutSecretsIn(error, secretsOf(loaded.config)));
    // Another process that is refreshing writes its own record, and a mistyped flag is no run.
    const isNoRun = code === exitCode.busy || (code === exitCode.usage && options.source !== undefined);
    if (!isNoRun) {
      const run = { run: null, exit_code: code, as_of: options.asOf ?? null, error: text };
      const times = { started_at: startedAt, ended_at: effects.now().toISOString() };
      // A place that takes no record is what the refresh itself complains of.
      await recordRun(home, { ...run, ...times }, { sources }).catch(() => undefined);
      await tellAlerts(options);
    }
    throw error;
  }
}

/** Keeps a run that was ended from outside, and so could not keep its own record, and tells of it. */
export async function recordEnded(
  options: Pick<PipelineOptions, "loaded" | "effects" | "tell">,
  startedAt: Date,
  error: string,
): Promise<void> {
  const { loaded, effects, tell } = options;
  const times = { started_at: startedAt.toISOString(), ended_at: effects.now().toISOString() };
  const run = { run: null, exit_code: exitCode.defect, as_of: null, error, ...times };
  const home = homeAt(loaded.home);
  await Promise.all([recordRun(home, run, {}), forgetRunning(home)]).catch((problem: unknown) => {
    tell(`the status file could not be written: ${messageOf(problem)}`);
  });
  await tellAlerts(options);
}

/** Tells others of what the run came to; a channel that is down changes nothing about the run. */
async function tellAlerts({
  loaded,
  effects,
  tell,
}: Pick<PipelineOptions, "loaded" | "effects" | "tell">): Promise<void> {
  if (loaded.config.alerts.length === 0) return;
  const unreachable = loaded.config.channels.filter(isUnreachable).map(({ name }) => name);
  if (unreachable.length > 0) {
    tell(`alerts wait for a run that knows the address and keys of ${unreachable.join(", ")}`);
    return;
  }
  try {
    const { outcomes, problems } = await runAlerts({
      loaded,
      home: homeAt(loaded.home),
      now: effects.now(),
      isDry: false,
    });
    for (const problem of problems) tell(problem);
    for (const { alert, channel, state, problem } of outcomes) {
      if (state === "sent") tell(`alert ${alert} went to ${channel}`);
      if (state === "failed")
        tell(`alert ${alert} could not be sent to ${channel}: ${problem}; the next run tries again`);
    }
  } catch (error) {
    tell(`alerts could not be told: ${messageOf(error)}`);
  }
}

async function refreshReal(
  options: PipelineOptions,
  watch: (connection: Connection) => Promise<void>,
): Promise<RefreshReport> {
  const { loaded, effects, tell } = options;
  if (options.noExtract === true && (options.acceptDrop ?? []).length > 0) {
    throw new UserError({
      where: "--accept-drop",
      found: "nothing is read with --no-extract, so there is no drop to accept",
      fix: "leave one of the two out",
    });
  }
  const house = await loadPages();
  const own = await loadExtension(loaded, house);
  return refresh({
    loaded,
    own: own.models,
    effects,
    tell,
    watch,
    extract: (request) =>
      runExtraction({
        ...request,
        config: loaded.config,
        folder: loaded.folder,
        effects,
        own: own.sources,
        ...(options.acceptDrop === undefined ? {} : { acceptDrop: options.acceptDrop }),
      }),
    draw: (request) => drawSite(request, loaded.folder, [...house, ...own.pages].filter(options.draws ?? (() => true))),
    ...(options.source === undefined ? {} : { only: options.source }),
    ...(options.full === undefined ? {} : { full: options.full }),
    ...(options.noExtract === undefined ? {} : { noExtract: options.noExtract }),
    ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
  });
}

/** Draws pages, those of `dashboards/` by default, over a built warehouse, with the commentary that stands beside the configuration. */
export async function drawSite(request: SiteRequest, folder: string, pages?: readonly Page[]): Promise<WrittenSite> {
  const database = await openReadOnly(request.warehouse);
  try {
    return await writeSite({
      database,
      directory: request.directory,
      pages: pages ?? (await loadPages()),
      builtAt: request.builtAt,
      ...(request.before === undefined ? {} : { before: request.before }),
      ...(request.earlier === undefined ? {} : { earlier: request.earlier }),
      commentary: (period) => commentaryForSite(folder, period),
    });
  } finally {
    database.close();
  }
}

/** The pages of the folder in the order of their file names. */
export async function loadPages(folder: string = dashboards): Promise<readonly Page[]> {
  const files: string[] = [];
  for await (const file of glob(`*${path.extname(import.meta.filename)}`, { cwd: folder })) files.push(file);
  const pages: Page[] = [];
  for (const file of files.sort()) {
    const module: { page?: unknown } = await import(pathToFileURL(path.join(folder, file)).href);
    if (!isPage(module.page)) throw new Error(`dashboards/${file} does not export a page made by definePage`);
    pages.push(module.page);
  }
  return Object.freeze(pages);
}
