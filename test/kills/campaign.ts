import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { prepareLog } from "../../src/extract/log.ts";
import { measure, proveFiles, readManifest } from "../../src/operate/upkeep/manifest.ts";
import { randomFor } from "../../src/sandbox/random.ts";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";
import { writeEarlierLog } from "../support/earlier-logs.ts";
import { type Place, type Task, tasks, work } from "./upkeep.ts";

/** What came of one piece of upkeep that was to be killed. */
export interface KillResult {
  readonly seed: number;
  readonly task: Task;
  /** Whether the kill came before its end. */
  readonly isKilled: boolean;
  readonly defects: readonly string[];
}

/** A company's home as it stands before each run, and what it must come to. */
export interface Stage {
  readonly folder: string;
  /** Milliseconds that each task took when it was last let go to its end. */
  readonly lengths: Map<Task, number>;
  readonly close: () => Promise<void>;
}

const records = 6000;
const config = (days: number | null): string =>
  `home: home
sources: [{ name: drop, kind: files, path: ./drop }]
${days === null ? "" : `retention: { versions_days: ${days} }\n`}`;

const frozen = {
  period: "2026-Q2",
  startsOn: "2026-04-01",
  endsOn: "2026-06-30",
  frozenAt: "2026-07-06T06:00:00.000Z",
  by: "Ann",
  run: "20260706T060000Z-aaaa",
  asOf: "2026-07-06",
  logPosition: 3 * records,
};

// How long a task takes where its time is not taken first.
const usualLength = 150;

/** Writes the homes that runs begin with and takes the time of these tasks. */
export async function openStage(timed: readonly Task[] = tasks): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-kills-"));
  const usual = path.join(folder, "usual");
  const home = path.join(usual, "home");
  await mkdir(path.join(home, "frozen", "2026-Q2", "20260706T060000Z"), { recursive: true });
  await mkdir(path.join(usual, "scorecards"));
  await writeFile(path.join(usual, "scorecards", "2026-Q2.md"), "## Actions\n");
  await mkdir(path.join(usual, "drop"));
  await writeFile(path.join(usual, "drop", "partners.csv"), `id,name\n${"p1,Northwind\n".repeat(50_000)}`);
  await writeFile(path.join(home, "status.json"), "{}\n");
  const presented = path.join(home, "frozen", "2026-Q2", "20260706T060000Z");
  await writeFile(path.join(presented, "frozen.json"), JSON.stringify(frozen));
  await writeFile(path.join(presented, "facts.duckdb"), "as it was presented");
  await writeFile(path.join(usual, "attributary.yaml"), config(null));
  await fillLog(path.join(home, "raw.duckdb"));
  await work("backup", { folder: usual, backups: path.join(folder, "made"), made: "" });
  await writeEarlierLog(path.join(home, "raw.duckdb"), path.join(folder, "earlier.duckdb"), 3);
  const stage = { folder, close: () => rm(folder, { recursive: true, force: true }) };
  const lengths = new Map<Task, number>();
  for (const task of timed) {
    const place = await placeFor({ ...stage, lengths }, task, `length of ${task}`);
    const { milliseconds } = await runKilled(task, place, undefined);
    lengths.set(task, milliseconds);
  }
  return { ...stage, lengths };
}

// Four versions of each record, thirty days apart, and the room of a table that is gone.
async function fillLog(file: string): Promise<void> {
  await withLog(file, async (connection) => {
    await prepareLog(connection);
    await connection.run(
      "create table raw.gone as select md5(n::varchar) || md5((-n)::varchar) as body from range(80000) as r(n)",
    );
    await connection.run(
      `insert into raw.record
       select
           n + 1, 'drop', 'deals', (n % ${records})::varchar, timestamp '2026-05-01' + to_days((n // ${records} * 30)::integer),
           'run', 'upsert', null, null, md5(n::varchar), md5(n::varchar) || md5((n + 1)::varchar) || md5((n * 7)::varchar)
       from range(${4 * records}) as r(n)`,
    );
    await connection.run("insert into raw.cursor values ('drop', 'deals', '{}', timestamp '2026-08-01')");
    await connection.run("checkpoint raw");
    await connection.run("drop table raw.gone");
    await connection.run("checkpoint raw");
  });
}

/** A fresh place that a task finds what it needs in. */
async function placeFor(stage: Stage, task: Task, name: string): Promise<Place> {
  const folder = path.join(stage.folder, name.replaceAll(" ", "-"));
  const usual = path.join(stage.folder, "usual");
  const log = path.join(folder, "home", "raw.duckdb");
  const made = path.join(stage.folder, "made", (await readdir(path.join(stage.folder, "made")))[0] ?? "");
  if (task === "restore") await mkdir(folder);
  else await cp(usual, folder, { recursive: true });
  if (task === "restore") {
    // A home is made by the restore itself; its configuration is that of the backup.
    await writeFile(
      path.join(folder, "attributary.yaml"),
      await readFile(path.join(made, "config", "attributary.yaml")),
    );
  }
  if (task === "prune") await writeFile(path.join(folder, "attributary.yaml"), config(60));
  if (task === "upgrade") await cp(path.join(stage.folder, "earlier.duckdb"), log);
  if (task === "restore over another") {
    await writeFile(path.join(folder, "drop", "partners.csv"), "id,name\n");
    await withLog(log, async (connection) => {
      await connection.run(`delete from raw.record where seq <= ${2 * records}`);
    });
  }
  return { folder, backups: path.join(folder, "backups"), made };
}

/** Kills one task at a random moment, looks whether anything is lost, lets the next call end it, and looks whether that ended right. */
export async function killOnce(stage: Stage, seed: number): Promise<KillResult> {
  const random = randomFor("kills", seed);
  const task = tasks[seed % tasks.length] ?? "backup";
  const place = await placeFor(stage, task, `run ${seed}`);
  const home = path.join(place.folder, "home");
  const log = path.join(home, "raw.duckdb");
  const defects: string[] = [];
  const expect = (isSo: boolean, defect: string): void => {
    if (!isSo) defects.push(`${task}: ${defect}`);
  };
  try {
    const before = task === "restore" ? "" : await contentOf(log);
    const moment = random.next() * 1.1 * (stage.lengths.get(task) ?? usualLength);
    const { isKilled, milliseconds } = await runKilled(task, place, moment);
    if (!isKilled) stage.lengths.set(task, milliseconds);

    // Nothing is lost, whatever the moment was.
    for (const name of await namesIn(place.backups)) {
      if (name.endsWith(".next")) continue;
      const folder = path.join(place.backups, name);
      await readManifest(folder)
        .then(({ files }) => proveFiles(folder, files, ""))
        .catch((error: unknown) => expect(false, `a backup with its name is not whole: ${String(error)}`));
    }
    const kept = [log, ...(await namesIn(home)).map((name) => path.join(home, name, "raw.duckdb"))];
    const contents = await Promise.all(
      kept.filter((file) => !file.includes("restoring")).map((file) => contentOf(file)),
    );
    if (task === "prune")
      expect(
        contents[0] === before || contents[0] === (await prunedOf(stage)),
        "the log is neither as before nor pruned",
      );
    else if (task === "upgrade") {
      const known = [before, await contentOf(path.join(stage.folder, "usual", "home", "raw.duckdb"), upgradedTables)];
      expect(
        known.includes(contents[0] ?? "") || known.includes(await contentOf(log, upgradedTables)),
        "the log is neither as before nor upgraded",
      );
    } else if (task !== "restore") expect(contents.includes(before), "what was there is nowhere any more");

    // The next call ends right.
    await work(task, place).catch((error: unknown) => expect(false, `the next call fails: ${String(error)}`));
    await ended(stage, task, place, before, expect);
    return { seed, task, isKilled, defects };
  } finally {
    await rm(place.folder, { recursive: true, force: true });
  }
}

/** Tables that an upgrade from the third format carries over. */
const upgradedTables: readonly string[] = ["record", "cursor", "run", "load", "position", "unknown_column"];

async function ended(
  stage: Stage,
  task: Task,
  place: Place,
  before: string,
  expect: (isSo: boolean, defect: string) => void,
): Promise<void> {
  const home = path.join(place.folder, "home");
  const log = path.join(home, "raw.duckdb");
  const usual = await contentOf(path.join(stage.folder, "usual", "home", "raw.duckdb"));
  const names = await namesIn(home);
  const stray = names.filter((name) => /\.next|\.wal|^restoring$/.test(name));
  expect(stray.length === 0, `${stray.join(", ")} is left`);
  switch (task) {
    case "backup": {
      const folders = await namesIn(place.backups);
      expect(
        folders.length > 0 && folders.every((name) => !name.endsWith(".next")),
        `backups are ${folders.join(", ")}`,
      );
      const folder = path.join(place.backups, folders.at(-1) ?? "");
      const { files } = await readManifest(folder);
      await proveFiles(folder, files, "").catch((error: unknown) => expect(false, String(error)));
      expect(files.length === 7, `a backup has ${files.length} files`);
      expect((await contentOf(path.join(folder, "home", "raw.duckdb"))) === before, "a backup has another log");
      break;
    }
    case "restore":
    case "restore over another": {
      expect((await contentOf(log)) === usual, "the log is not that of the backup");
      const { files } = await readManifest(place.made);
      const inside = files.filter(({ path: name }) => name.startsWith("home/"));
      await proveFiles(place.folder, inside, "").catch((error: unknown) => expect(false, String(error)));
      const commentary = await readFile(path.join(place.folder, "scorecards", "2026-Q2.md"), "utf8").catch(() => "");
      expect(commentary === "## Actions\n", "the commentary is not that of the backup");
      const drop = await measure(path.join(place.folder, "drop", "partners.csv")).catch(() => undefined);
      const kept = files.find(({ path: name }) => name === "drops/drop/partners.csv");
      expect(drop !== undefined && drop.sha256 === kept?.sha256, "the drop is not that of the backup");
      if (task === "restore over another") {
        const asides = names.filter((name) => name.startsWith("replaced-"));
        const there = await Promise.all(asides.map((name) => contentOf(path.join(home, name, "raw.duckdb"))));
        expect(there.includes(before), "what was there before is in no folder aside");
      }
      break;
    }
    case "compaction":
      expect((await contentOf(log)) === before, "the log has another content");
      expect(
        (await stat(log)).size < (await stat(path.join(stage.folder, "usual", "home", "raw.duckdb"))).size,
        "the log is as large as before",
      );
      break;
    case "prune":
      expect((await contentOf(log)) === (await prunedOf(stage)), "the log is not pruned");
      break;
    case "upgrade":
      expect(
        (await contentOf(log, upgradedTables)) ===
          (await contentOf(path.join(stage.folder, "usual", "home", "raw.duckdb"), upgradedTables)),
        "the log lost rows",
      );
      expect((await contentOf(path.join(home, "raw.format-1.duckdb"))) === before, "the earlier log was not kept");
  }
}

let pruned: string | undefined;

// Of a record's versions of 1 May, 31 May, 30 June and 30 July stay the first, the last, and that of 30 June, which counted on 6 July
// and at the place in the log when the quarter was presented. Sixty days before 5 October the last one counted.
async function prunedOf(stage: Stage): Promise<string> {
  if (pruned !== undefined) return pruned;
  const file = path.join(stage.folder, "pruned.duckdb");
  await cp(path.join(stage.folder, "usual", "home", "raw.duckdb"), file);
  await withLog(file, async (connection) => {
    await connection.run(`delete from raw.record where seq > ${records} and seq <= ${2 * records}`);
    await connection.run(
      `insert into raw.pruned values (timestamptz '2026-10-05 06:00:00+00', '2026-08-06', ${records})`,
    );
  });
  pruned = await contentOf(file);
  return pruned;
}

/** Runs a task in a process of its own and kills it so many milliseconds after it began; never without a moment. */
async function runKilled(
  task: Task,
  place: Place,
  moment: number | undefined,
): Promise<{ readonly isKilled: boolean; readonly milliseconds: number }> {
  const words = [path.join(import.meta.dirname, "killed.ts"), JSON.stringify({ task, place })];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let complaint = "";
  let began = 0;
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString("utf8");
  });
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
    if (began > 0) return;
    began = performance.now();
    if (moment !== undefined) setTimeout(() => child.kill("SIGKILL"), moment);
  });
  const signal = await new Promise<string | null>((resolve) => child.once("close", (_code, name) => resolve(name)));
  if (signal === null && !said.includes("ended")) throw new Error(`${task} broke off by itself: ${complaint}`);
  return { isKilled: signal === "SIGKILL", milliseconds: performance.now() - began };
}

/** What a log holds, in short; empty when there is none. */
async function contentOf(file: string, only?: readonly string[]): Promise<string> {
  if ((await stat(file).catch(() => undefined)) === undefined) return "";
  return withLog(
    file,
    async (connection) => {
      const tables = await connection.rows<{ name: string }>(
        "select table_name as name from duckdb_tables() where database_name = 'raw' order by 1",
      );
      const told: string[] = [];
      for (const { name } of tables.filter((table) => only === undefined || only.includes(table.name))) {
        const row = await connection.row<{ rows: string }>(
          `select count(*) || ' ' || coalesce(sum(hash(t::varchar)::hugeint), 0) as rows from raw."${name}" as t`,
        );
        told.push(`${name} ${row?.rows}`);
      }
      return told.join(", ");
    },
    true,
  );
}

async function withLog<T>(file: string, ask: (connection: Connection) => Promise<T>, readOnly = false): Promise<T> {
  const engine = await openEngine();
  try {
    await engine.attach(file, "raw", { readOnly });
    const connection = await engine.connect();
    try {
      return await ask(connection);
    } finally {
      // One that is left open keeps the file locked for other processes.
      connection.close();
    }
  } finally {
    engine.close();
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
