import { glob, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadConfig } from "../src/config/load.ts";
import { processEffects } from "../src/effects.ts";
import { prepareLog } from "../src/extract/log.ts";
import { runExtraction } from "../src/extract/run.ts";
import { type BuildStep, buildWarehouse } from "../src/models/build.ts";
import { drawSite } from "../src/operate/pipeline.ts";
import { exportPacks } from "../src/reports/export.ts";
import { type Connection, type Database, openEngine, openReadOnly, quoteName } from "../src/warehouse/database.ts";
import { type Cost, type Measured, parts } from "./measured.ts";

const asOf = Object.freeze({ date: "2026-09-30", isExplicit: true });
const [step = "", folder = "", deals = "0", partners = "0", memoryLimit = "3GB"] = process.argv.slice(2);
const warehouse = path.join(folder, "home", "warehouse.duckdb");

/** What a step took, without the preparation that is not its own. */
type Result = Omit<Measured, "peakMb" | "files" | "differences"> & Partial<Pick<Measured, "files" | "differences">>;

const work: Readonly<Record<string, () => Promise<Result>>> = {
  generate,
  landing: () => land("06"),
  "landing-again": () => land("12"),
  build,
  floor,
  site: () => site("site"),
  "change-one-deal": changeOneDeal,
  "site-again": () => site("site-again", "site"),
  "site-floor": readValues,
  packs,
};

const run = work[step];
if (run === undefined) throw new Error(`there is no step ${step}`);
const result = await run();
process.send?.({ ...result, peakMb: process.resourceUsage().maxRSS / 1024 });

/** Starts a clock; each call of what it returns gives the cost since the one before. */
function startClock(): () => Cost {
  let at = performance.now();
  let used = process.cpuUsage();
  return () => {
    const cpu = process.cpuUsage(used);
    const cost = { seconds: (performance.now() - at) / 1000, cpu: (cpu.user + cpu.system) / 1e6 };
    at = performance.now();
    used = process.cpuUsage();
    return cost;
  };
}

async function timed(part: string, action: () => Promise<unknown>): Promise<Result> {
  const lap = startClock();
  await action();
  return { parts: { [part]: lap() } };
}

/** Makes the company and writes it as a file drop. */
async function generate(): Promise<Result> {
  const engine = await openEngine({ temporary: path.join(folder, "spill"), memoryLimit });
  const connection = await engine.connect();
  return timed("generate", async () => {
    await connection.run("set variable deals = $1", [Number(deals)]);
    await connection.run("set variable partners = $1", [Number(partners)]);
    await connection.run(await readFile(path.join(import.meta.dirname, "company.sql"), "utf8"));
    await connection.run("drop table closed; drop table deal");
    const tables = await connection.rows<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'main' order by 1",
    );
    for (const { name } of tables) {
      await connection.run(`copy ${quoteName(name)} to $1 (format csv, header)`, [
        path.join(folder, "drop", `${name}.csv`),
      ]);
    }
    engine.close();
  });
}

/** Reads the drop at an hour of the as-of date, since what is recorded later does not count on it. */
async function land(hour: string): Promise<Result> {
  const { engine, connection, loaded } = await openHome();
  const landed = await timed("landing", () =>
    runExtraction({
      database: engine,
      connection,
      config: loaded.config,
      folder: loaded.folder,
      runId: `bench-${hour}`,
      startedAt: new Date(`${asOf.date}T${hour}:00:00Z`),
      full: true,
      effects: processEffects(),
    }),
  );
  engine.close();
  return landed;
}

/** Builds from the landed log, checks included, and closes the file. What lies between the files (order, settings) is staging's. */
async function build(): Promise<Result> {
  await rm(warehouse, { force: true });
  const { engine, connection, loaded } = await openHome();
  await engine.attach(":memory:", "input");
  await engine.attach(warehouse, "warehouse");
  await connection.run("use warehouse");
  const files: (Cost & { file: string })[] = [];
  const costs = new Map<string, Cost>(parts.map((part) => [part, { seconds: 0, cpu: 0 }]));
  const add = (part: string, { seconds, cpu }: Cost): void => {
    const sum = costs.get(part) ?? { seconds: 0, cpu: 0 };
    costs.set(part, { seconds: sum.seconds + seconds, cpu: sum.cpu + cpu });
  };
  const lap = startClock();
  await buildWarehouse({
    connection,
    config: loaded.config,
    asOf,
    onStep: (done) => {
      const cost = lap();
      add(partOf(done), cost);
      files.push({ file: done.kind === "model" ? done.file : `checks of ${done.file}`, ...cost });
    },
  });
  await connection.run("use memory");
  await engine.detach("warehouse");
  add("checks", lap());
  engine.close();
  return { parts: Object.fromEntries(costs), files };
}

function partOf({ file, kind }: BuildStep): string {
  if (kind === "check") return "checks";
  const room = file.split("/")[1] ?? "";
  return parts.find((part) => part === room) ?? "staging";
}

/** The same steps as single statements that know this one company, and what they find differently. */
async function floor(): Promise<Result> {
  const file = path.join(folder, "floor.duckdb");
  await rm(file, { force: true });
  const engine = await openEngine({ temporary: path.join(folder, "spill"), memoryLimit });
  await engine.attach(file, "floor");
  const connection = await engine.connect();
  await connection.run("use floor");
  await connection.run("set preserve_insertion_order = false");
  await connection.run(await readFile(path.join(import.meta.dirname, "..", "sql", "functions.sql"), "utf8"));
  await connection.run("set variable drop = $1::varchar", [path.join(folder, "drop")]);
  const costs: Record<string, Cost> = {};
  const lap = startClock();
  for (const part of ["landing", ...parts]) {
    await connection.run(await readFile(path.join(import.meta.dirname, "floor", `${part}.sql`), "utf8"));
    costs[part] = lap();
  }
  await connection.run("checkpoint floor");
  const closing = lap();
  const checks = costs.checks ?? closing;
  costs.checks = { seconds: checks.seconds + closing.seconds, cpu: checks.cpu + closing.cpu };
  await engine.attach(warehouse, "warehouse", { readOnly: true });
  const differences = await connection.rows<{ words: string }>(
    await readFile(path.join(import.meta.dirname, "floor", "compare.sql"), "utf8"),
  );
  engine.close();
  return { parts: costs, differences: differences.map(({ words }) => words) };
}

/** Draws the site into a folder, over the one drawn before where there is one. */
async function site(name: string, before?: string): Promise<Result> {
  const directory = path.join(folder, name);
  const lap = startClock();
  const drawn = await drawSite(
    {
      warehouse,
      directory,
      builtAt: new Date(),
      ...(before === undefined ? {} : { before: path.join(folder, before) }),
    },
    folder,
  );
  const cost = lap();
  let [files, bytes] = [0, 0];
  for await (const file of glob("**/*.*", { cwd: directory })) {
    files += 1;
    bytes += (await stat(path.join(directory, file))).size;
  }
  return { parts: { site: cost }, written: { things: drawn.pages, files, bytes, changed: drawn.written } };
}

/** Makes the deal that a partner brought and won last a hundred dollars larger, in the drop. */
async function changeOneDeal(): Promise<Result> {
  const file = path.join(folder, "drop", "deals.csv");
  return timed("change", async () => {
    const lines = (await readFile(file, "utf8")).split("\n");
    const closedOn = (line: string): string => line.split(",")[10] ?? "";
    const line = lines
      .filter((one) => /,won,new,\d+\.\d+,USD,.*,sourced,/.test(one) && closedOn(one) <= asOf.date)
      .sort((one, other) => (closedOn(one) < closedOn(other) ? 1 : -1))[0];
    if (line === undefined) throw new Error("the company has no won deal that a partner declared");
    lines[lines.indexOf(line)] = line.replace(
      /,won,new,(\d+)\./,
      (_, amount: string) => `,won,new,${Number(amount) + 100}.`,
    );
    await writeFile(file, lines.join("\n"));
  });
}

/** The least a site needs: every value read once. */
async function readValues(): Promise<Result> {
  const engine = await openEngine();
  await engine.attach(warehouse, "warehouse", { readOnly: true });
  const connection = await engine.connect();
  const least = await timed("site", async () => {
    for await (const _ of connection.batches(
      "select metric, period, slice, slice_key, value from warehouse.metrics.value",
    ));
  });
  engine.close();
  return least;
}

/** Every partner's pack of the last closed quarter, in the formats that need no browser. */
async function packs(): Promise<Result> {
  const database = await openReadOnly(warehouse);
  const exports = path.join(folder, "exports");
  const lap = startClock();
  const out = await exportPacks({ database, formats: ["html", "csv", "xlsx", "parquet"], exports });
  const cost = lap();
  database.close();
  let bytes = 0;
  for (const file of out.files) bytes += (await stat(path.join(out.folder, file))).size;
  return {
    parts: { packs: cost },
    written: { things: out.partners, files: out.files.length, bytes, changed: out.files.length },
  };
}

async function openHome(): Promise<{
  engine: Database;
  connection: Connection;
  loaded: Awaited<ReturnType<typeof loadConfig>>;
}> {
  const loaded = await loadConfig(path.join(folder, "attributary.yaml"), {});
  await mkdir(loaded.home, { recursive: true });
  const engine = await openEngine({ temporary: path.join(folder, "spill"), memoryLimit });
  await engine.attach(path.join(loaded.home, "raw.duckdb"), "raw");
  const connection = await engine.connect();
  await prepareLog(connection);
  return { engine, connection, loaded };
}
