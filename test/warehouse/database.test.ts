import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { tableFromIPC } from "apache-arrow";
import { expect, onTestFinished, test } from "vitest";
import { arrowOf } from "../../src/warehouse/arrow.ts";
import { type Connection, openEngine, openReadOnly } from "../../src/warehouse/database.ts";
import { kyselyOver } from "../../src/warehouse/dialect.ts";

async function connect(): Promise<Connection> {
  const engine = await openEngine();
  onTestFinished(() => engine.close());
  return engine.connect();
}

test("cells are exact: whole numbers beyond doubles, decimals as text, dates without a zone, moments in UTC", async () => {
  const connection = await connect();
  const rows = await connection.rows(
    `select 7::bigint as small, 9007199254740993::bigint as large, 0.1::decimal(38, 12) as part, date '2026-03-29' as day,
            timestamptz '2026-03-29 01:30:00+02' as moment, null::varchar as nothing, true as flag`,
  );
  expect(rows).toEqual([
    {
      small: 7,
      large: 9007199254740993n,
      part: "0.100000000000",
      day: "2026-03-29",
      moment: new Date("2026-03-28T23:30:00Z"),
      nothing: null,
      flag: true,
    },
  ]);
});

test("appended rows come back as they went in", async () => {
  const connection = await connect();
  await connection.run(
    "create table t (a varchar, b bigint, c timestamptz, d date, e decimal(18, 4), f boolean, g integer, h double)",
  );
  const moment = new Date("2026-01-02T03:04:05.678Z");
  await connection.append({ table: "t" }, [
    ["x'\"\n", -5, moment, "1969-12-31", "-12.5", false, 3, 0.5],
    [null, null, null, null, null, null, null, null],
  ]);
  expect(await connection.rows("select * from t where a is not null")).toEqual([
    { a: "x'\"\n", b: -5, c: moment, d: "1969-12-31", e: "-12.5000", f: false, g: 3, h: 0.5 },
  ]);
  expect(await connection.rows("select count(*) as n from t where b is null")).toEqual([{ n: 1 }]);
});

test("a transaction that fails leaves nothing behind", async () => {
  const connection = await connect();
  await connection.run("create table t (a integer)");
  const failing = connection.transaction(async () => {
    await connection.run("insert into t values (1)");
    throw new Error("half way");
  });
  await expect(failing).rejects.toThrow("half way");
  expect(await connection.rows("select * from t")).toEqual([]);
});

test("a log that another process holds is busy, exit code 75", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-lock-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { spawn } = await import("node:child_process");
  const file = path.join(folder, "raw.duckdb");
  const script = `
    import { openEngine } from ${JSON.stringify(path.resolve("src/warehouse/database.ts"))};
    const engine = await openEngine();
    await engine.attach(${JSON.stringify(file)}, "raw");
    process.stdout.write("held");
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module-typescript", "-e", script]);
  onTestFinished(() => {
    holder.kill("SIGKILL");
  });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const engine = await openEngine();
  onTestFinished(() => engine.close());
  await expect(engine.attach(file, "raw")).rejects.toMatchObject({
    exitCode: 75,
    found: "another refresh is using it",
  });
});

test("Kysely counts, joins, binds moments and streams over a read-only file", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-kysely-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "w.duckdb");
  const engine = await openEngine();
  await engine.attach(file, "w");
  const writer = await engine.connect();
  await writer.run(
    "use w; create schema marts; create table marts.t as select i as a, timestamptz '2026-01-01 00:00:00+00' + to_days(i::integer) as at from range(5000) as r(i)",
  );
  writer.close();
  engine.close();

  const database = await openReadOnly(file);
  onTestFinished(() => database.close());
  const db = kyselyOver<{ "marts.t": { a: number; at: Date } }>(database);
  expect(
    await db
      .selectFrom("marts.t")
      .select((e) => e.fn.countAll<number>().as("count"))
      .execute(),
  ).toEqual([{ count: 5000 }]);
  expect(
    await db
      .selectFrom("marts.t")
      .select(["a", "at"])
      .where("at", "<=", new Date("2026-01-02T00:00:00Z"))
      .orderBy("a", "desc")
      .execute(),
  ).toEqual([
    { a: 1, at: new Date("2026-01-02T00:00:00Z") },
    { a: 0, at: new Date("2026-01-01T00:00:00Z") },
  ]);
  let streamed = 0;
  for await (const _row of db.selectFrom("marts.t").select("a").stream()) streamed += 1;
  expect(streamed).toBe(5000);
  await expect(db.deleteFrom("marts.t").execute()).rejects.toThrow(/read-only/);
});

test("Arrow holds the same rows, read back with apache-arrow", async () => {
  const connection = await connect();
  const bytes = await arrowOf(
    connection,
    `select * from (values (1::bigint, 'a', 12.50::decimal(38, 12), date '2026-02-28', timestamptz '2026-02-28 12:00:00.25+00', true, 0.5::double, 3::integer, (-4)::hugeint),
                           (null, null, null, null, null, null, null, null, null)) as t(whole, word, part, day, moment, flag, real, small, huge)`,
  );
  const table = tableFromIPC(bytes);
  expect(table.numRows).toBe(2);
  const row = table.get(0)!;
  expect(row.whole).toBe(1n);
  expect(row.word).toBe("a");
  expect(BigInt(String(row.part))).toBe(12_500_000_000_000n);
  expect(new Date(row.day).toISOString()).toBe("2026-02-28T00:00:00.000Z");
  expect(new Date(row.moment).toISOString()).toBe("2026-02-28T12:00:00.250Z");
  expect([row.flag, row.real, row.small]).toEqual([true, 0.5, 3]);
  expect(BigInt.asIntN(128, BigInt(String(row.huge)))).toBe(-4n);
  expect(Object.values(table.get(1)!.toJSON())).toEqual(Array.from({ length: 9 }, () => null));
});

test("a result that is not read to its end does not hold its file open once the engine is closed", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-database-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "log.duckdb");
  const database = await openEngine();
  await database.attach(file, "raw");
  const connection = await database.connect();
  await connection.run("create table raw.record as select range as seq from range(10000)");
  for await (const [first] of connection.batches<{ seq: number }>("select seq from raw.record")) {
    expect(first).toEqual({ seq: 0 });
    break;
  }
  connection.close();
  database.close();
  // An engine that is really closed has written everything into the file itself.
  await expect(access(`${file}.wal`)).rejects.toThrow("ENOENT");
});

test("a closed engine holds no file, also where a connection was left open", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-left-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "raw.duckdb");
  const engine = await openEngine();
  await engine.attach(file, "raw");
  await (await engine.connect()).run("create table raw.t as select 1 as a");
  engine.close();
  // What is still open keeps its write-ahead log, and writes it out at some later moment.
  await expect(access(`${file}.wal`)).rejects.toThrow("ENOENT");
});

test("an engine lets go of what it read from a file, and has as much room afterwards as before", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-room-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const engine = await openEngine({ memoryLimit: "500MB" });
  onTestFinished(() => engine.close());
  await engine.attach(path.join(folder, "raw.duckdb"), "raw");
  const connection = await engine.connect();
  // Hashes do not compress: eight million take 64 MB.
  await connection.run("create table raw.t as select hash(i) as a from range(8_000_000) as numbers (i)");
  await connection.run("checkpoint raw");
  const sum = "select sum(a) as sum from raw.t";
  const before = await connection.rows(sum);
  const ofFiles = async () =>
    (await connection.row<{ mb: number }>(
      "select memory_usage_bytes / 1e6 as mb from duckdb_memory() where tag = 'BASE_TABLE'",
    ))!.mb;
  const limit = await connection.rows("select current_setting('memory_limit')");
  expect(await ofFiles()).toBeGreaterThan(60);
  await engine.letGo();
  expect(await ofFiles()).toBeLessThan(33);
  expect(await connection.rows("select current_setting('memory_limit')")).toEqual(limit);
  expect(await connection.rows(sum)).toEqual(before);
});
