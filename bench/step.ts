import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { loadConfig } from "../src/config/load.ts";
import { processEffects } from "../src/effects.ts";
import { prepareLog } from "../src/extract/log.ts";
import { runExtraction } from "../src/extract/run.ts";
import { buildWarehouse } from "../src/models/build.ts";
import { drawSite } from "../src/operate/pipeline.ts";
import { type Connection, type Database, openEngine, quoteName } from "../src/warehouse/database.ts";

const asOf = Object.freeze({ date: "2026-09-30", isExplicit: true });
const [step = "", folder = "", deals = "0"] = process.argv.slice(2);
const parquet = path.join(folder, "parquet");
const warehouse = path.join(folder, "home", "warehouse.duckdb");

/** What a step took, without the preparation that is not its own. */
interface Measured {
  readonly seconds: number;
  /** The part of a build that computes metrics, told apart from the rest. */
  readonly metricsSeconds?: number;
  readonly note?: string;
}

const work: Readonly<Record<string, () => Promise<Measured>>> = {
  generate,
  landing: land,
  "landing-floor": () => copyFloor("main", "the input as typed Parquet into tables"),
  build,
  "build-floor": () => copyFloor("marts", "the marts as typed Parquet into tables"),
  "metrics-floor": () => copyFloor("metrics", "the values as typed Parquet into tables"),
  site,
  "site-floor": () => copyFloor("metrics", "the values as typed Parquet into tables"),
};

const run = work[step];
if (run === undefined) throw new Error(`there is no step ${step}`);
const result = await run();
process.send?.({ ...result, peakMb: process.resourceUsage().maxRSS / 1024 });

async function timed(action: () => Promise<unknown>): Promise<Measured> {
  const start = performance.now();
  await action();
  return { seconds: (performance.now() - start) / 1000 };
}

/** Makes the company and writes it as a file drop and, typed, as Parquet for the floor. */
async function generate(): Promise<Measured> {
  const engine = await openEngine();
  const connection = await engine.connect();
  return timed(async () => {
    await connection.run("set variable deals = $1", [Number(deals)]);
    await connection.run(await readFile(path.join(import.meta.dirname, "company.sql"), "utf8"));
    await connection.run("drop table closed; drop table deal");
    for (const name of await tablesOf(connection, "main")) {
      await connection.run(`copy ${quoteName(name)} to $1 (format csv, header)`, [
        path.join(folder, "drop", `${name}.csv`),
      ]);
    }
    await writeParquet(connection, "main");
    engine.close();
  });
}

async function land(): Promise<Measured> {
  const { engine, connection, loaded } = await openHome();
  const measured = await timed(() =>
    runExtraction({
      database: engine,
      connection,
      config: loaded.config,
      folder: loaded.folder,
      runId: "bench",
      startedAt: new Date(),
      full: true,
      effects: processEffects(),
    }),
  );
  engine.close();
  return measured;
}

/** Builds from the landed log, checks included. */
async function build(): Promise<Measured> {
  await rm(warehouse, { force: true });
  await rm(path.join(folder, "home", "input.duckdb"), { force: true });
  const { engine, connection, loaded } = await openHome();
  await engine.attach(path.join(folder, "home", "input.duckdb"), "input");
  await engine.attach(warehouse, "warehouse");
  await connection.run("use warehouse");
  let metrics = 0;
  const start = performance.now();
  await buildWarehouse({
    connection,
    config: loaded.config,
    asOf,
    onStep: (done) => {
      if (done.file.startsWith("sql/metrics/")) metrics += done.milliseconds;
    },
  });
  const total = performance.now() - start;
  for (const schema of ["marts", "metrics"]) await writeParquet(connection, schema);
  await connection.run("use memory");
  await engine.detach("warehouse");
  engine.close();
  return { seconds: (total - metrics) / 1000, metricsSeconds: metrics / 1000 };
}

async function site(): Promise<Measured> {
  return timed(() => drawSite({ warehouse, directory: path.join(folder, "site"), builtAt: new Date() }));
}

/** The least the engine needs for the same data: reading it, typed and compressed, into tables of a file. */
async function copyFloor(schema: string, note: string): Promise<Measured> {
  const file = path.join(folder, `floor-${schema}.duckdb`);
  await rm(file, { force: true });
  const engine = await openEngine();
  await engine.attach(file, "floor");
  const connection = await engine.connect();
  await connection.run("use floor");
  const files = await connection.rows<{ file: string }>("select file from glob($1) order by file", [
    path.join(parquet, schema, "*.parquet"),
  ]);
  const measured = await timed(async () => {
    for (const { file: source } of files) {
      const name = quoteName(path.basename(source, ".parquet"));
      await connection.run("set variable source = $1::varchar", [source]);
      await connection.run(`create table ${name} as from read_parquet(getvariable('source'))`);
    }
    await connection.run("checkpoint floor");
  });
  engine.close();
  return { ...measured, note };
}

async function openHome(): Promise<{
  engine: Database;
  connection: Connection;
  loaded: Awaited<ReturnType<typeof loadConfig>>;
}> {
  const loaded = await loadConfig(path.join(folder, "attributary.yaml"), {});
  await mkdir(loaded.home, { recursive: true });
  const engine = await openEngine({ temporary: path.join(folder, "spill") });
  await engine.attach(path.join(loaded.home, "raw.duckdb"), "raw");
  const connection = await engine.connect();
  await prepareLog(connection);
  return { engine, connection, loaded };
}

async function tablesOf(connection: Connection, schema: string): Promise<readonly string[]> {
  const rows = await connection.rows<{ name: string }>(
    "select table_name as name from information_schema.tables where table_catalog = current_database() and table_schema = $1 order by 1",
    [schema],
  );
  return rows.map((row) => row.name);
}

async function writeParquet(connection: Connection, schema: string): Promise<void> {
  await mkdir(path.join(parquet, schema), { recursive: true });
  for (const name of await tablesOf(connection, schema)) {
    await connection.run(`copy ${quoteName(schema)}.${quoteName(name)} to $1 (format parquet, compression zstd)`, [
      path.join(parquet, schema, `${name}.parquet`),
    ]);
  }
}
