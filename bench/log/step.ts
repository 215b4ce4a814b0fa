import { createReadStream } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { parseConfig } from "../../src/config/load.ts";
import { runExtraction } from "../../src/extract/run.ts";
import type { Connector, PagedStream } from "../../src/extract/stream.ts";
import { buildWarehouse } from "../../src/models/build.ts";
import { openEngine, quoteText } from "../../src/warehouse/database.ts";

// One step with HubSpot's deals in a process of its own, so that its memory and its CPU time are its own.

const [step = "", folder = "", deals = "0"] = process.argv.slice(2);
const file = (name: string): string => path.join(folder, name);
const config = parseConfig(
  "sources: [{ name: hubspot, kind: hubspot, access_token: none, base_url: http://127.0.0.1:9 }]",
  "attributary.yaml",
  {},
);

/** What a step took, with what it wrote. */
interface Took {
  readonly seconds: number;
  readonly cpu: number;
  readonly bytes?: number;
}

async function timed(work: () => Promise<unknown>): Promise<Took> {
  const before = process.cpuUsage();
  const at = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - at) / 1000, cpu: (user + system) / 1e6 };
}

async function generate(): Promise<Took> {
  const engine = await openEngine({ temporary: file("spill") });
  const connection = await engine.connect();
  await connection.run("set variable deals = $1", [Number(deals)]);
  const sql = await readFile(path.join(import.meta.dirname, "deals.sql"), "utf8");
  const took = await timed(() =>
    connection.run(sql.replace("DEALS.parquet", file("deals.parquet")).replace("DEALS.ndjson", file("deals.ndjson"))),
  );
  engine.close();
  return { ...took, bytes: (await stat(file("deals.ndjson"))).size };
}

/** The least: the engine reads the same deals, typed, from Parquet into a table of a file. */
async function least(): Promise<Took> {
  await rm(file("typed.duckdb"), { force: true });
  const engine = await openEngine({ temporary: file("spill") });
  await engine.attach(file("typed.duckdb"), "typed");
  const connection = await engine.connect();
  const took = await timed(async () => {
    await connection.run(`create table typed.deal as select * from read_parquet(${quoteText(file("deals.parquet"))})`);
    await connection.run("checkpoint typed");
  });
  engine.close();
  return { ...took, bytes: (await stat(file("typed.duckdb"))).size };
}

/** The lines of a file, of which no more is read ahead than a chunk: what waits there would count as memory of the landing. */
async function* linesOf(name: string): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of createReadStream(name, { encoding: "utf8", highWaterMark: 2 ** 18 })) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

const listOf = (name: string, body: string, record: PagedStream["record"]): PagedStream => ({
  form: "pages",
  name,
  mode: "full",
  cursor: null,
  deletion: "absence",
  record,
  async *pages() {
    yield { body };
    return { isComplete: true };
  },
});

/** A portal whose answers lie on the disk: what is measured begins where a page has come. */
function connector(): Connector {
  const account = '{"portalId":1,"timeZone":"America/New_York","companyCurrency":"USD"}';
  const pipelines = JSON.stringify({
    results: [
      {
        id: "default",
        label: "Sales",
        stages: ["appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon", "closedlost"].map(
          (id, place) => ({
            id,
            label: id,
            displayOrder: place,
            metadata: { isClosed: String(place > 2), probability: place === 3 ? "1.0" : "0.2" },
          }),
        ),
      },
    ],
  });
  const read: PagedStream = {
    form: "pages",
    name: "deals",
    mode: "full",
    cursor: null,
    deletion: "both",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt", archived: "$.archived" },
    async *pages() {
      let place = 0;
      for await (const body of linesOf(file("deals.ndjson"))) {
        place += 1;
        yield { body, cursor: { place } };
      }
      return { isComplete: true, cursor: { place } };
    },
  };
  return {
    source: "hubspot",
    kind: "hubspot",
    transport: {
      request: () => Promise.reject(new Error("nothing is asked for")),
      counts: () => ({ requests: 0, retries: 0 }),
    },
    streams: [
      listOf("account", account, { at: "$", id: "$.portalId" }),
      listOf("pipelines", pipelines, { at: "$.results", id: "$.id" }),
      read,
    ],
  };
}

/** Lands the pages; a second time nothing of them is new. */
async function land(): Promise<Took> {
  const engine = await openEngine({ temporary: file("spill") });
  await engine.attach(file("raw.duckdb"), "raw", { isLog: true });
  const connection = await engine.connect();
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  const startedAt = new Date();
  const took = await timed(async () => {
    await runExtraction({
      database: engine,
      connection,
      config,
      folder,
      runId: startedAt.toISOString(),
      startedAt,
      full: false,
      effects: { now: () => new Date(), env: {}, cwd: folder, stdout: quiet, stderr: quiet, isTerminal: false },
      connect: async () => connector(),
    });
    await connection.run("checkpoint raw");
  });
  connection.close();
  engine.close();
  return { ...took, bytes: (await stat(file("raw.duckdb"))).size };
}

class Enough extends Error {}

/** Builds from the log as far as a model; told is what that model alone took, or everything up to it. */
async function replay(last: string, isAlone: boolean): Promise<Took> {
  await rm(file("warehouse.duckdb"), { force: true });
  const engine = await openEngine({ temporary: file("spill") });
  await engine.attach(file("raw.duckdb"), "raw", { isLog: true });
  await engine.attach(":memory:", "input");
  await engine.attach(file("warehouse.duckdb"), "warehouse", { isAside: true });
  const connection = await engine.connect();
  await connection.run("use warehouse");
  let before = { cpu: process.cpuUsage(), at: performance.now() };
  let alone: Took = { seconds: 0, cpu: 0 };
  const whole = await timed(() =>
    buildWarehouse({
      connection,
      config,
      asOf: { date: "2026-09-30", isExplicit: true },
      onStep: (step) => {
        const { user, system } = process.cpuUsage(before.cpu);
        alone = { seconds: (performance.now() - before.at) / 1000, cpu: (user + system) / 1e6 };
        before = { cpu: process.cpuUsage(), at: performance.now() };
        if (step.kind === "model" && path.basename(step.file) === last) throw new Enough();
      },
    }).catch((error: unknown) => {
      if (!(error instanceof Enough)) throw error;
    }),
  );
  engine.close();
  return isAlone ? alone : whole;
}

const work: Readonly<Record<string, () => Promise<Took>>> = {
  generate,
  least,
  land,
  replay: () => replay("hubspot_deal.sql", true),
  staging: () => replay("stg_deals.sql", false),
};
const run = work[step];
if (run === undefined) throw new Error(`there is no step ${step}`);
const took = await run();
process.send?.({ ...took, peakMb: process.resourceUsage().maxRSS / 1024 });
