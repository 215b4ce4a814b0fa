import { access, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { z } from "zod";
import type { LoadedConfig } from "../config/load.ts";
import { type ExitCode, exitCode, messageOf, UserError } from "../errors.ts";
import { alsoFailed, buildsOn } from "../extract/waiting.ts";
import { formatMoment } from "../metrics/format.ts";
import { hasProcess } from "../process.ts";
import type { Connection } from "../warehouse/database.ts";
import { readCron } from "./cron.ts";
import { type Home, publishedBuild } from "./home.ts";
import type { Heartbeat } from "./schedule.ts";

const runShape = z.object({
  /** Name of the build; null when none was begun. */
  run: z.string().nullable(),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  exit_code: z.number(),
  as_of: z.string().nullable(),
  /** What went wrong and what to do; null when it was published. */
  error: z.string().nullable(),
});

const sourceShape = z.object({
  source: z.string(),
  /** When one of its streams was last read to its end. */
  read_at: z.iso.datetime().nullable(),
  /** Streams whose latest reading failed, with the reason. */
  failing: z.array(z.object({ stream: z.string(), error: z.string() })),
});

const statusShape = z.object({
  format: z.literal(1),
  /** The latest first. */
  runs: z.array(runShape),
  /** The run that stands published. */
  published: runShape.nullable(),
  findings: z.object({ error: z.number(), warning: z.number(), info: z.number() }).nullable(),
  sources: z.array(sourceShape),
});

const heartbeatShape = z.object({
  at: z.iso.datetime(),
  pid: z.number(),
  next_run_at: z.iso.datetime().nullable(),
  running_since: z.iso.datetime().nullable(),
});

const runningShape = z.object({
  run: z.string(),
  started_at: z.iso.datetime(),
  /** The latest sign of it. */
  at: z.iso.datetime(),
  pid: z.number(),
  host: z.string(),
});

/** How one run ended. */
export type RunRecord = z.output<typeof runShape>;
/** How old a source's data is, and what of it fails. */
export type SourceRecord = z.output<typeof sourceShape>;
/** What is kept of a home's runs. */
export type StatusRecord = z.output<typeof statusShape>;

const runsKept = 30;
// What was not read for two nights is stale, as the finding of that name has it.
const staleMs = 48 * 3_600_000;
// A run gives a sign each half minute.
const signMs = 30_000;
// The schedule gives one each minute.
const silentMs = 3 * 60_000;
const longestError = 2000;

/** Whether the latest sign is too old to be of something alive, or of a time to come, as a clock that went wrong leaves one for good. */
const isSilent = (at: string, now: Date): boolean => Math.abs(now.getTime() - Date.parse(at)) > silentMs;

/** The files of a home that tell how it is. */
export const statusFiles = (home: Home) =>
  Object.freeze({
    status: path.join(home.folder, "status.json"),
    metrics: path.join(home.folder, "metrics.prom"),
    heartbeat: path.join(home.folder, "heartbeat.json"),
    running: path.join(home.folder, "running.json"),
    alerts: path.join(home.folder, "alerts.json"),
  });

/** How old each source's data is, from the log that is open. */
export async function readSources(connection: Connection): Promise<readonly SourceRecord[]> {
  const rows = await connection.rows<{
    source: string;
    stream: string;
    read_at: Date | null;
    status: string;
    error: string | null;
  }>(
    `with ranked as (
        select
            source, stream, status, error, ended_at,
            row_number() over (partition by source, stream order by ended_at desc nulls last) as place,
            max(ended_at) filter (where status in ('done', 'unchanged')) over (partition by source) as read_at
        from raw.load
    )
    select source, stream, read_at, status, error
    from ranked
    where place = 1 and (stream <> 'opening' or read_at is null or ended_at > read_at)
    order by source, stream`,
  );
  return [...Map.groupBy(rows, (row) => row.source)].map(([source, streams]) => ({
    source,
    read_at: streams[0]?.read_at?.toISOString() ?? null,
    failing: streams
      .filter((stream) => stream.status === "failed")
      .map(({ stream, error }) => ({ stream, error: (error ?? "").slice(0, longestError) })),
  }));
}

/** How an error is kept in the record: what people can mend as it was told, a defect by its message alone. */
export function runError(error: unknown): { readonly code: ExitCode; readonly text: string } {
  const code = error instanceof UserError ? error.exitCode : exitCode.defect;
  return { code, text: messageOf(error).slice(0, longestError) };
}

/** Adds a run to the status file of a home and writes the metrics beside it. */
export async function recordRun(
  home: Home,
  run: RunRecord,
  facts: {
    readonly sources?: readonly SourceRecord[] | undefined;
    readonly findings?: StatusRecord["findings"] | undefined;
  },
): Promise<void> {
  const before = await readStatus(home);
  const isPublished = run.exit_code === exitCode.fine;
  const after: StatusRecord = {
    format: 1,
    runs: [run, ...(before?.runs ?? [])].slice(0, runsKept),
    published: isPublished ? run : (before?.published ?? null),
    findings: isPublished ? (facts.findings ?? null) : (before?.findings ?? null),
    sources: [...(facts.sources ?? before?.sources ?? [])],
  };
  const files = statusFiles(home);
  await replaceFile(files.status, `${JSON.stringify(after, null, 2)}\n`);
  await replaceFile(files.metrics, metricsText(after));
}

/**
 * Tells others that a run is under way, with a sign each half minute; returns what ends that. Only whoever holds the lock of the
 * log may call it: a sign that is there already is then of a run that was cut off, which is kept among the runs. A place that
 * takes no file is what the run itself complains of.
 */
export async function tellRunning(home: Home, run: string, now: () => Date): Promise<() => Promise<void>> {
  const file = statusFiles(home).running;
  const left = await readRecord(runningShape, file);
  if (left !== null) await recordRun(home, cutOffRun(left), {}).catch(() => undefined);
  const startedAt = now().toISOString();
  let writing = Promise.resolve();
  const sign = (): void => {
    const record = { run, started_at: startedAt, at: now().toISOString(), pid: process.pid, host: hostname() };
    writing = writing.then(() => replaceFile(file, `${JSON.stringify(record)}\n`)).catch(() => undefined);
  };
  sign();
  const timer = setInterval(sign, signMs).unref();
  await writing;
  return async () => {
    clearInterval(timer);
    await writing;
    await rm(file, { force: true }).catch(() => undefined);
  };
}

/** A run that was cut off as it is kept: it ended with its last sign. */
const cutOffRun = ({ run, started_at, at }: z.output<typeof runningShape>): RunRecord => ({
  run,
  started_at,
  ended_at: at,
  exit_code: exitCode.defect,
  as_of: null,
  error: "the refresh was cut off before its end, by a signal or with the machine; what it had read is kept",
});

/** Takes back the sign of a run that was ended from outside. */
export async function forgetRunning(home: Home): Promise<void> {
  await rm(statusFiles(home).running, { force: true });
}

/** Tells others that the schedule lives. */
export async function writeHeartbeat(home: Home, heartbeat: Heartbeat, pid: number): Promise<void> {
  const { at, next, runningSince } = heartbeat;
  const record = {
    at: at.toISOString(),
    pid,
    next_run_at: next?.toISOString() ?? null,
    running_since: runningSince?.toISOString() ?? null,
  };
  await replaceFile(statusFiles(home).heartbeat, `${JSON.stringify(record)}\n`);
}

/** Takes back the sign of a schedule that ends; that of another one, which took its place meanwhile, stays. */
export async function removeHeartbeat(home: Home, pid: number): Promise<void> {
  const { heartbeat } = statusFiles(home);
  if ((await readRecord(heartbeatShape, heartbeat))?.pid === pid) await rm(heartbeat, { force: true });
}

/** Replaces a small file in one step, and leaves nothing beside it where that fails. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.next`;
  try {
    await writeFile(next, text);
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Reads a small file of JSON; null when it is not there or of another shape. */
export async function readRecord<Shape extends z.ZodType>(shape: Shape, file: string): Promise<z.output<Shape> | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** What is known of a home's runs; null before the first one. */
export const readStatus = (home: Home): Promise<StatusRecord | null> =>
  readRecord(statusShape, statusFiles(home).status);

/** When a run last began, by whomever; null when there was none. */
export async function lastRunAt(home: Home): Promise<Date | null> {
  const run = (await readStatus(home))?.runs[0];
  return run === undefined ? null : new Date(run.started_at);
}

/** The state of a home, for people and programs. */
export interface StatusReport {
  readonly isWell: boolean;
  /** What is wrong, in words; empty when all is well. */
  readonly problems: readonly string[];
  readonly lastRun: RunRecord | null;
  readonly published: RunRecord | null;
  /** The run that is under way, or was cut off before it could keep its own record; null when there is neither. */
  readonly currentRun: {
    readonly run: string;
    readonly startedAt: string;
    readonly seenAt: string;
    readonly pid: number;
    readonly state: "running" | "cut off";
  } | null;
  readonly nextRunAt: string | null;
  readonly scheduler: {
    readonly state: "waiting" | "running" | "not running";
    readonly seenAt: string | null;
    readonly pid: number | null;
  };
  /** Whether a schedule left its sign behind, which one that ends takes away. */
  readonly isScheduleDead: boolean;
  readonly findings: StatusRecord["findings"];
  readonly sources: readonly (SourceRecord & { readonly ageHours: number | null; readonly isStale: boolean })[];
  readonly runs: readonly RunRecord[];
}

/** Looks at what was recorded; asks no source and opens no warehouse. */
export async function readReport(loaded: LoadedConfig, home: Home, now: Date): Promise<StatusReport> {
  const { config } = loaded;
  const status = await readStatus(home);
  const isThere = await access(statusFiles(home).status).then(
    () => true,
    () => false,
  );
  const heartbeat = await readRecord(heartbeatShape, statusFiles(home).heartbeat);
  const isAlive = heartbeat !== null && !isSilent(heartbeat.at, now);
  const sources = config.sources.map(({ name }) => {
    const known = status?.sources.find((item) => item.source === name) ?? { source: name, read_at: null, failing: [] };
    const age = known.read_at === null ? null : now.getTime() - Date.parse(known.read_at);
    return {
      ...known,
      ageHours: age === null ? null : Math.round(age / 360_000) / 10,
      isStale: age === null || age > staleMs,
    };
  });
  const lastRun = status?.runs[0] ?? null;
  const state: StatusReport["scheduler"]["state"] = !isAlive
    ? "not running"
    : heartbeat.running_since === null
      ? "waiting"
      : "running";
  // A record that came with a backup tells of a build that did not.
  const isMissing = (status?.published ?? null) !== null && (await publishedBuild(home)) === undefined;
  const currentRun = currentOf(await readRecord(runningShape, statusFiles(home).running), now);
  const problems = [
    ...(currentRun?.state === "cut off"
      ? [
          `the refresh that began at ${formatMoment(new Date(currentRun.startedAt), config.reporting.timezone)} was cut off before its end; what it had read is kept, and \`attributary refresh\` takes up there`,
        ]
      : []),
    // One that ends takes its sign away.
    ...(heartbeat !== null && !isAlive
      ? [
          `the schedule ended without a word, as when it is killed or the machine stops: start it again with \`attributary schedule\`, or take ${statusFiles(home).heartbeat} away where something else runs the refresh now`,
        ]
      : []),
    ...(isMissing
      ? [
          `what was published last is not in ${home.folder}: run \`attributary refresh --no-extract\` to publish it again`,
        ]
      : []),
    ...(status === null && isThere
      ? [`${statusFiles(home).status} cannot be read, so nothing is known of the runs; the next refresh writes it anew`]
      : []),
    ...(lastRun === null && currentRun === null && (status !== null || !isThere) ? ["nothing was refreshed yet"] : []),
    ...(lastRun !== null && lastRun.exit_code !== exitCode.fine && !isToldBy(sources, lastRun)
      ? [`the last run failed: ${lastRun.error}`]
      : []),
    ...sources.flatMap(failuresOf),
    ...(lastRun === null
      ? []
      : sources
          .filter(({ isStale, failing }) => isStale && failing.length === 0)
          .map(
            ({ source, read_at }) =>
              `source ${source} was ${read_at === null ? "never read" : "not read for two days"}`,
          )),
  ];
  return Object.freeze({
    isWell: problems.length === 0,
    problems,
    lastRun,
    published: status?.published ?? null,
    currentRun,
    nextRunAt: readCron(config.schedule, config.reporting.timezone).after(now)?.toISOString() ?? null,
    scheduler: {
      state,
      seenAt: heartbeat?.at ?? null,
      pid: isAlive ? heartbeat.pid : null,
    },
    isScheduleDead: heartbeat !== null && !isAlive,
    findings: status?.findings ?? null,
    sources,
    runs: status?.runs ?? [],
  });
}

function currentOf(found: z.output<typeof runningShape> | null, now: Date): StatusReport["currentRun"] {
  if (found === null) return null;
  const { run, started_at, at, pid, host } = found;
  // Elsewhere the same number is another process.
  const isGone = host === hostname() && !hasProcess(pid);
  return { run, startedAt: started_at, seenAt: at, pid, state: isGone || isSilent(at, now) ? "cut off" : "running" };
}

const firstLine = (text: string | null): string => text?.split("\n")[0] ?? "";

/** Whether what ended a run is what a stream of a source tells, which is then said once. */
const isToldBy = (sources: readonly SourceRecord[], run: RunRecord): boolean =>
  run.exit_code === exitCode.source &&
  sources.some(({ failing }) => failing.some(({ error }) => firstLine(error) === firstLine(run.error)));

/** What is wrong with a source, each thing once: streams that the same mends are counted, and so are those that wait for them. */
function failuresOf({ source, failing }: SourceRecord): readonly string[] {
  const causeOf = (item: SourceRecord["failing"][number]): SourceRecord["failing"][number] => {
    const needed = failing.find(({ stream }) => item.error.includes(buildsOn(stream)));
    return needed === undefined ? item : causeOf(needed);
  };
  // What mends it follows the arrow; a defect has none and is like no other.
  const reasonOf = ({ error }: SourceRecord["failing"][number]): string => error.split("\n  → ")[1] ?? error;
  return [...Map.groupBy(failing, (item) => reasonOf(causeOf(item))).values()].flatMap((alike) => {
    const causes = alike.filter((item) => causeOf(item) === item);
    const [first] = causes;
    if (first === undefined) return [];
    // What a person can mend says itself where it was found.
    const told = first.error.startsWith(`source ${source}`)
      ? first.error
      : `source ${source}, stream ${first.stream}: ${first.error}`;
    const [head = "", ...rest] = told.split("\n");
    const others = alsoFailed(causes.length - 1, alike.length - causes.length);
    return [[others === "" ? head : `${head}; ${others}`, ...rest].join("\n")];
  });
}

/** How `status --check` ends: as the last run did, 1 for one or a schedule that was cut off, or as a source that failed or is stale. */
export function checkCode(report: StatusReport): ExitCode {
  if (report.isWell) return exitCode.fine;
  if (report.currentRun?.state === "cut off" || report.isScheduleDead) return exitCode.defect;
  return (
    Object.values(exitCode).find((code) => code !== exitCode.fine && code === report.lastRun?.exit_code) ??
    exitCode.source
  );
}

/** A report as lines for people. */
export function statusLines(report: StatusReport, timezone: string, now: Date): readonly string[] {
  const at = (moment: string | null): string => (moment === null ? "never" : formatMoment(new Date(moment), timezone));
  // Code 1 alone would blame us for what a person or the machine ended.
  const why = (run: RunRecord): string =>
    run.exit_code === exitCode.defect ? `, ${firstLine(run.error).slice(0, 100)}` : "";
  const ended = (run: RunRecord): string =>
    run.exit_code === exitCode.fine
      ? `published, as of ${run.as_of ?? "its day"}`
      : `failed with code ${run.exit_code}${why(run)}`;
  const { published, findings, scheduler } = report;
  const counted = findings === null ? "" : `; ${findings.error} errors and ${findings.warning} warnings in the data`;
  const seen = scheduler.seenAt === null ? "" : `, last seen ${ago(scheduler.seenAt, now)}`;
  return [
    published === null
      ? "published   nothing yet"
      : `published   ${at(published.ended_at)}, as of ${published.as_of}${counted}`,
    ...(report.currentRun?.state === "running"
      ? [`under way   since ${at(report.currentRun.startedAt)}, process ${report.currentRun.pid}`]
      : []),
    ...(report.runs.length === 0 ? ["last runs   none"] : []),
    ...report.runs
      .slice(0, 5)
      .map((run, place) => `${place === 0 ? "last runs " : "          "}  ${at(run.started_at)}: ${ended(run)}`),
    `next run    ${at(report.nextRunAt)}; the schedule is ${scheduler.state}${scheduler.state === "not running" ? seen : ""}`,
    ...report.sources.map(({ source, read_at, isStale }) => {
      const age = read_at === null ? "never read" : `read ${ago(read_at, now)}`;
      return `source      ${source}: ${age}${isStale && read_at !== null ? ", stale" : ""}`;
    }),
    ...report.problems.map((problem) => `FAIL        ${problem.replaceAll("\n", `\n${" ".repeat(10)}`)}`),
    ...(report.isWell && report.lastRun !== null ? ["all is well"] : []),
  ];
}

function ago(moment: string, now: Date): string {
  const minutes = Math.round((now.getTime() - Date.parse(moment)) / 60_000);
  if (minutes < -1) return "at a time to come";
  if (minutes < 1) return "just now";
  if (minutes < 120) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

/** The same for a collector of Prometheus' text format, to be picked up from the file. */
function metricsText(status: StatusRecord): string {
  const seconds = (moment: string): number => Math.round(Date.parse(moment) / 1000);
  const [last] = status.runs;
  const families: readonly (readonly [name: string, help: string, samples: readonly string[]])[] = [
    [
      "last_run_success",
      "whether the last refresh was published",
      last === undefined ? [] : [` ${Number(last.exit_code === 0)}`],
    ],
    ["last_run_exit_code", "exit code of the last refresh", last === undefined ? [] : [` ${last.exit_code}`]],
    [
      "last_run_timestamp_seconds",
      "when the last refresh ended",
      last === undefined ? [] : [` ${seconds(last.ended_at)}`],
    ],
    [
      "last_run_duration_seconds",
      "how long the last refresh took",
      last === undefined ? [] : [` ${seconds(last.ended_at) - seconds(last.started_at)}`],
    ],
    [
      "last_published_timestamp_seconds",
      "when the published site was built",
      status.published === null ? [] : [` ${seconds(status.published.ended_at)}`],
    ],
    [
      "findings",
      "findings in the data of the published build",
      Object.entries(status.findings ?? {}).map(([severity, count]) => `{severity="${severity}"} ${count}`),
    ],
    [
      "source_last_read_timestamp_seconds",
      "when a source was last read",
      status.sources.flatMap(({ source, read_at }) =>
        read_at === null ? [] : [`{source="${source}"} ${seconds(read_at)}`],
      ),
    ],
    [
      "source_failing_streams",
      "streams of a source whose latest reading failed",
      status.sources.map(({ source, failing }) => `{source="${source}"} ${failing.length}`),
    ],
  ];
  return families
    .filter(([, , samples]) => samples.length > 0)
    .map(([name, help, samples]) => {
      const full = `attributary_${name}`;
      const lines = samples.map((sample) => `${full}${sample}\n`).join("");
      return `# HELP ${full} ${help}\n# TYPE ${full} gauge\n${lines}`;
    })
    .join("");
}
