import PQueue from "p-queue";
import type { Config, HouseSource, Source, SourceOf } from "../config/schema.ts";
import { secretsOf } from "../config/secrets.ts";
import type { Effects } from "../effects.ts";
import { type ExitCode, exitCode, messageOf, together, UserError } from "../errors.ts";
import { suggest } from "../nearest.ts";
import { withoutSecretsIn } from "../secrets.ts";
import { type Connection, type Database, economize } from "../warehouse/database.ts";
import { fileTasks } from "./files/index.ts";
import { type Landing, openLanding, readLanded } from "./land.ts";
import { countVersions, type LandingRun, prepareLog, refuseUnproven, unproven } from "./log.ts";
import type { OwnSource } from "./own.ts";
import { createProgress, type Meter, type Progress, type StreamReport } from "./progress.ts";
import { connect } from "./sources.ts";
import type { Connector, Ending, LandedQuery, Page, PagedStream, StreamContext } from "./stream.ts";
import type { Task } from "./task.ts";
import { spareHeap } from "./thrift.ts";
import { type RequestCounts, type TransportEffects, transportEffects } from "./transport.ts";
import { alsoFailed, buildsOn } from "./waiting.ts";

export type { StreamReport } from "./progress.ts";

/** What an extraction needs; the log must be attached to the engine as `raw`. */
export interface ExtractionRequest {
  readonly connection: Connection;
  readonly database: Database;
  readonly config: Config;
  /** Folder that the paths in the configuration start from. */
  readonly folder: string;
  readonly runId: string;
  readonly startedAt: Date;
  /** Only this source, when named. */
  readonly only?: string;
  /** Forget the cursors and read everything. */
  readonly full: boolean;
  /** Streams that may lose as many records as they like, as `stream` or `source.stream`; none by default. */
  readonly acceptDrop?: readonly string[];
  readonly effects: Effects;
  /** The transport's clock, pauses and chance; the real ones by default. */
  readonly transport?: TransportEffects;
  /** Connectors of one's own, by kind. */
  readonly own?: ReadonlyMap<string, OwnSource>;
  /** Opens a vendor's source; the kinds of `sources.ts` by default. */
  readonly connect?: (source: HouseSource, effects: TransportEffects) => Promise<Connector>;
}

// So many pages land together at most: a kill costs no more than these, and a batch stays small in memory.
const batchPages = 128;
const batchCharacters = 2_000_000;
// Pages read ahead of the log; when they wait, reading waits.
const bufferCharacters = 2 * batchCharacters;

/**
 * Reads every source into the log, all streams side by side. A stream that fails is recorded and the others go on;
 * the run then ends in a `UserError` with exit code 3. An unknown `only` is a `UserError` with exit code 2.
 */
export async function runExtraction(request: ExtractionRequest): Promise<readonly StreamReport[]> {
  const { connection, config, effects } = request;
  const sources = config.sources.filter((source) => request.only === undefined || source.name === request.only);
  if (sources.length === 0) {
    throw new UserError({
      where: "--source",
      found: `there is no source ${request.only}`,
      fix: suggest(
        request.only ?? "",
        config.sources.map((source) => source.name),
      ),
      exitCode: exitCode.usage,
    });
  }
  await prepareLog(connection);
  await refuseUnproven(connection);
  const run: LandingRun = {
    runId: request.runId,
    startedAt: request.startedAt,
    isFull: request.full,
    acceptDrop: new Set(request.acceptDrop),
  };
  // One writer at a time: the statements of a landing must not interleave with another's on the one connection.
  const writer = new PQueue({ concurrency: 1 });
  // One reader at a time too: each holds thousands of whole payloads while the engine looks into them.
  const reader = new PQueue({ concurrency: 1 });
  const progress = createProgress(effects);

  const queues: Queues = { writer, reader, rest: restAfter(request.database, writer, reader) };
  const lists = await Promise.all(sources.map((source) => tasksOf(source, request, run, queues, progress)));
  const tasks = lists.flat();
  refuseUnknownStreams(request.acceptDrop ?? [], tasks);
  await connection.run("insert into raw.run values ($1, $2, null, 'running')", [run.runId, run.startedAt]);
  const outcomes = await runTasks(tasks, request, writer, progress);
  const failures = outcomes.filter((outcome) => outcome.error !== undefined);
  await connection.run("update raw.run set ended_at = $2, status = $3 where run_id = $1", [
    run.runId,
    effects.now(),
    failures.length === 0 ? "extracted" : "failed",
  ]);
  const reports = outcomes.map((outcome) => outcome.report);
  const told = outcomes.filter(({ isTold }) => isTold);
  for (const [source, own] of Map.groupBy(told, ({ report }) => report.source)) {
    const waiting = own.filter(({ isConsequence }) => isConsequence).length;
    progress.note(`${source}: ${alsoFailed(own.length - waiting, waiting)}`);
  }
  await progress.close(reports, new Set(told.map(({ report }) => report)));
  await proveShown(connection, run.runId, reports);
  throwFailures(failures.filter((failure) => !failure.isConsequence).map((failure) => failure.error));
  return Object.freeze(reports);
}

/**
 * Throws (a defect) when the log does not show every version that the run says it wrote. Nothing may be built from it then,
 * not by a later run either, which would find the files and cursors of this one as it left them.
 */
async function proveShown(connection: Connection, runId: string, reports: readonly StreamReport[]): Promise<void> {
  const written = reports.reduce((sum, report) => sum + report.changed, 0);
  const shown = await countVersions(connection, runId);
  if (shown === written) return;
  await connection.run("update raw.run set status = $2 where run_id = $1", [runId, unproven]);
  throw new Error(`the log shows ${shown} of the ${written} versions that run ${runId} wrote`);
}

/** Throws `UserError` (exit 2) for a stream that is to be accepted and that no source of the run has. */
function refuseUnknownStreams(named: readonly string[], tasks: readonly Task[]): void {
  // A source that did not open cannot tell its streams; it stops the run by itself.
  if (tasks.some((task) => task.stream === opening)) return;
  const valid = new Set(tasks.flatMap((task) => [task.stream, `${task.source}.${task.stream}`]));
  const unknown = named.find((name) => !valid.has(name));
  if (unknown === undefined) return;
  throw new UserError({
    where: "--accept-drop",
    found: `there is no stream ${unknown}`,
    fix: `${suggest(unknown, [...valid])}; the table at the end of a refresh has them all`,
    exitCode: exitCode.usage,
  });
}

// What a source that cannot be opened is called in the list of streams.
const opening = "opening";

/** What of a run goes one after another, whichever stream it is for. */
interface Queues {
  readonly writer: PQueue;
  readonly reader: PQueue;
  /** To be called with the rows of each batch that landed. */
  readonly rest: (rows: number) => Promise<void>;
}

// Of so many records the engine keeps tens of megabytes of the log that nothing reads again soon.
const rowsBeforeRest = 20_000;

/** Counts what lands, and once in a while has the engine let go of the log's blocks while nobody asks it for anything else. */
function restAfter(database: Database, writer: PQueue, reader: PQueue): Queues["rest"] {
  let landed = 0;
  return async (rows) => {
    landed += rows;
    if (landed < rowsBeforeRest) return;
    landed = 0;
    await reader.add(() => writer.add(() => database.letGo()));
  };
}

/** The tasks of one source; a source that cannot even be opened is one task that fails. */
async function tasksOf(
  source: Source,
  request: ExtractionRequest,
  run: LandingRun,
  queues: Queues,
  progress: Progress,
): Promise<readonly Task[]> {
  try {
    if (source.kind === "files") {
      const opened = await fileTasks(source, request.folder, {
        connection: request.connection,
        run,
        writer: queues.writer,
      });
      for (const note of opened.notes) progress.note(note);
      return opened.tasks;
    }
    const world = request.transport ?? transportEffects(request.effects.now);
    const connector =
      source.kind === "own" ? ownConnector(source, request, world) : await (request.connect ?? connect)(source, world);
    return connector.streams.map((stream) => pagedTask(connector, stream, request, run, queues));
  } catch (error) {
    const fail = (): Promise<never> => Promise.reject(error);
    return [{ source: source.name, stream: opening, after: [], work: fail, counts: noRequests }];
  }
}

function ownConnector(source: SourceOf<"own">, request: ExtractionRequest, world: TransportEffects): Connector {
  const definition = request.own?.get(source.own);
  if (definition === undefined) throw new Error(`no connector was loaded for the kind ${source.own}`);
  return definition.connect(source, world);
}

const noRequests = (): RequestCounts => ({ requests: 0, retries: 0 });

interface TaskOutcome {
  readonly report: StreamReport;
  readonly error: unknown;
  /** Whether it failed only because a stream it builds on did. */
  readonly isConsequence: boolean;
  /** Whether another stream of its source has said what is wrong. */
  readonly isTold: boolean;
}

async function runTasks(
  tasks: readonly Task[],
  request: ExtractionRequest,
  writer: PQueue,
  progress: Progress,
): Promise<readonly TaskOutcome[]> {
  const meters = new Map(tasks.map((task) => [task, progress.announce(task.source, task.stream)]));
  const reasons = new Set<string>();
  const started = new Map<Task, Promise<TaskOutcome>>();
  const start = (task: Task, path: readonly string[]): Promise<TaskOutcome> => {
    const known = started.get(task);
    if (known !== undefined) return known;
    const name = `${task.source} ${task.stream}`;
    if (path.includes(name)) throw new Error(`streams wait for each other: ${[...path, name].join(" → ")}`);
    const startNeeded = (stream: string): Promise<TaskOutcome> => {
      const needed = tasks.find((other) => other.source === task.source && other.stream === stream);
      if (needed === undefined) throw new Error(`stream ${name} waits for ${stream}, which does not exist`);
      return start(needed, [...path, name]);
    };
    const needs = task.after.map(startNeeded);
    const beside = new Map((task.beside ?? []).map((stream) => [stream, startNeeded(stream)]));
    const outcome = Promise.all(needs).then((before) => {
      const meter = meters.get(task);
      if (meter === undefined) throw new Error(`${name} has no meter`);
      return runTask(task, { before, beside }, request, writer, meter, reasons);
    });
    started.set(task, outcome);
    return outcome;
  };
  const outcomes = tasks.map((task) => start(task, []));
  const files = new Set(request.config.sources.filter(({ kind }) => kind === "files").map(({ name }) => name));
  const ofFiles = outcomes.filter((_outcome, place) => files.has(tasks[place]?.source ?? ""));
  if (ofFiles.length === outcomes.length) return Promise.all(outcomes);
  // Files come in large batches, which every core helps with; what comes from a vendor after them comes a few pages at a time.
  const economy = Promise.all(ofFiles).then(() => economize(request.database));
  const endSparing = spareHeap();
  try {
    return await Promise.all(outcomes);
  } finally {
    endSparing();
    const end = await economy;
    await end();
  }
}

async function runTask(
  task: Task,
  others: {
    readonly before: readonly TaskOutcome[];
    readonly beside: ReadonlyMap<string, Promise<TaskOutcome>>;
  },
  request: ExtractionRequest,
  writer: PQueue,
  shown: Meter,
  reasons: Set<string>,
): Promise<TaskOutcome> {
  let beginning = performance.now();
  const startedAt = request.effects.now();
  const tally = { pages: 0, rows: 0, changed: 0 };
  const meter: Meter = {
    ...shown,
    start: () => {
      beginning = performance.now();
      shown.start();
    },
    advance: (pages, rows, changed) => {
      tally.pages += pages;
      tally.rows += rows;
      tally.changed += changed;
      shown.advance(pages, rows, changed);
    },
  };
  let isConsequence = false;
  const refuseFailed = (outcome: TaskOutcome | undefined): void => {
    if (outcome?.error === undefined) return;
    isConsequence = true;
    throw new UserError({
      where: `source ${task.source}, stream ${task.stream}`,
      found: buildsOn(outcome.report.stream),
      fix: `mend ${outcome.report.stream} first`,
      exitCode: exitCode.source,
    });
  };
  let status: StreamReport["status"] = "failed";
  meter.start();
  let error: unknown;
  try {
    refuseFailed(others.before.find((outcome) => outcome.error !== undefined));
    status = await task.work(meter, async (stream) => refuseFailed(await others.beside.get(stream)));
  } catch (caught) {
    // From here on it is told, kept in the log and sent to others.
    error = withoutSecretsIn(caught ?? new Error("something undefined was thrown"), secretsOf(request.config));
  }
  const report: StreamReport = Object.freeze({
    source: task.source,
    stream: task.stream,
    status,
    ...tally,
    ...task.counts(),
    seconds: (performance.now() - beginning) / 1000,
  });
  await writer.add(() => recordLoad(request, report, startedAt, error));
  // The closing error says where and what to do; a stream's own line says what came of it.
  const reason = error instanceof UserError ? `${task.source}: ${error.fix}` : undefined;
  const isTold = isConsequence || (reason !== undefined && reasons.has(reason));
  if (reason !== undefined) reasons.add(reason);
  const words = error instanceof UserError ? error.found : error === undefined ? undefined : messageOf(error);
  shown.end(
    status,
    isTold && !isConsequence ? "for the reason that another stream of its source tells" : words,
    isTold,
  );
  return { report, error, isConsequence, isTold };
}

async function recordLoad(
  request: ExtractionRequest,
  report: StreamReport,
  startedAt: Date,
  error: unknown,
): Promise<void> {
  await request.connection.run("insert into raw.load values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", [
    request.runId,
    report.source,
    report.stream,
    startedAt,
    request.effects.now(),
    report.status,
    report.pages,
    report.rows,
    report.changed,
    report.requests,
    report.retries,
    error === undefined ? null : messageOf(error),
  ]);
}

/** A defect goes before what people can mend, a mistake in the configuration before a vendor's; all are told. */
function throwFailures(errors: readonly unknown[]): void {
  const defect = errors.find((error) => !(error instanceof UserError));
  if (defect !== undefined) throw defect;
  const told = errors.filter((error) => error instanceof UserError).toSorted((a, b) => rank(a) - rank(b));
  const [first, ...others] = told;
  // Streams that one thing mends are told together, or a wrong token would fill the screen.
  if (first !== undefined) throw together([first, ...others]);
}

const order: readonly ExitCode[] = [exitCode.usage, exitCode.source, exitCode.check];

const rank = (error: UserError): number => Math.max(0, order.indexOf(error.exitCode));

function pagedTask(
  connector: Connector,
  stream: PagedStream,
  request: ExtractionRequest,
  run: LandingRun,
  { writer, reader, rest }: Queues,
): Task {
  return Object.freeze({
    source: connector.source,
    stream: stream.name,
    after: stream.after ?? [],
    beside: stream.beside ?? [],
    counts: () => connector.transport.counts(stream.name),
    work: async (meter: Meter, ended: StreamContext["ended"]) => {
      const landing = await writer.add(() => openLanding(request.connection, run, connector.source, stream));
      try {
        const pages = (held: StreamContext["held"]) =>
          stream.pages({
            startedAt: run.startedAt,
            cursor: landing.cursor,
            resume: landing.resume,
            request: (call) => connector.transport.request(stream.name, call),
            expect: meter.expect,
            held,
            ended,
            landed: (query) => readApart(request.database, reader, connector, query),
          });
        return await landPages(pages, landing, { writer, rest }, meter);
      } finally {
        await writer.add(() => landing.close());
      }
    },
  });
}

/** A query of its own connection, so that reading the log and landing pages do not wait for each other. */
async function* readApart(
  database: Database,
  reader: PQueue,
  { source, streams }: Connector,
  query: LandedQuery,
): ReturnType<typeof readLanded> {
  const connection = await database.connect();
  const of = streams.find(({ name }) => name === query.stream);
  const batches = readLanded(connection, source, query, of?.record.id ?? []);
  try {
    for (;;) {
      const step = await reader.add(() => batches.next());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await batches.return(undefined);
    connection.close();
  }
}

/** Moves pages from a stream into the log: reads ahead while a batch lands, and stops reading when the buffer is full. */
async function landPages(
  open: (held: StreamContext["held"]) => AsyncGenerator<Page, Ending>,
  landing: Landing,
  { writer, rest }: Pick<Queues, "writer" | "rest">,
  meter: Meter,
): Promise<"done"> {
  const waiting: Page[] = [];
  let characters = 0;
  let landed: Promise<void> = Promise.resolve();
  let problem: unknown;

  const flush = (): void => {
    const batch = waiting.splice(0);
    const size = batch.reduce((sum, page) => sum + page.body.length, 0);
    if (batch.length === 0) return;
    landed = landed
      .then(async () => {
        if (problem !== undefined) return;
        const { rows, changed } = await writer.add(() => landing.land(batch));
        meter.advance(batch.length, rows, changed);
        await rest(rows);
      })
      .catch((error: unknown) => {
        problem = error;
      })
      .finally(() => {
        characters -= size;
      });
  };

  const pages = open(async () => {
    flush();
    await landed;
    if (problem !== undefined) throw problem;
    return writer.add(() => landing.held());
  });
  let ending: Ending | undefined;
  try {
    while (problem === undefined) {
      const step = await pages.next();
      if (step.done === true) {
        ending = step.value;
        break;
      }
      waiting.push(step.value);
      characters += step.value.body.length;
      const held = waiting.reduce((sum, page) => sum + page.body.length, 0);
      if (waiting.length >= batchPages || held >= batchCharacters) flush();
      if (characters > bufferCharacters) await landed;
    }
  } finally {
    // What was read before a failure still lands: the next run takes up behind it.
    flush();
    await landed;
    if (ending === undefined) await pages.return({ isComplete: false }).catch(() => undefined);
  }
  if (problem !== undefined) throw problem;
  if (ending === undefined) throw new Error("a stream ended without saying how");
  const closing = ending;
  const gone = await writer.add(() => landing.finish(closing));
  meter.advance(0, 0, gone.changed);
  return "done";
}
