import { cp, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLog, replaceLog, rewriteLog } from "../../src/extract/open-log.ts";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";
import { copyOf, type Place } from "../support/cli.ts";
import { earlierFormats, writeEarlierLog } from "../support/earlier-logs.ts";
import { refreshData } from "../support/refresh.ts";
import { martsOf, placeOfNights } from "../support/upkeep-place.ts";

let place: Place;
let marts: ReadonlyMap<string, string>;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  place = await placeOfNights({}, (clean) => ends.push(clean), { from: 2, published: 1 });
  marts = await martsOf(place.folder);
}, 300_000);

afterAll(async () => {
  for (const end of ends) await end();
});

async function withLog<T>(file: string, ask: (connection: Connection) => Promise<T>): Promise<T> {
  const engine = await openEngine();
  try {
    await engine.attach(file, "raw");
    return await ask(await engine.connect());
  } finally {
    engine.close();
  }
}

/** Every table of a log with its columns and rows in short. */
function rowsOf(file: string): Promise<ReadonlyMap<string, string>> {
  return withLog(file, async (log) => {
    const tables = await log.rows<{ name: string; columns: string }>(
      `select table_name as name, string_agg(column_name || ' ' || data_type, ', ' order by column_index) as columns
       from duckdb_columns() where database_name = 'raw' group by 1 order by 1`,
    );
    const told = new Map<string, string>();
    for (const { name, columns } of tables) {
      const row = await log.row<{ rows: string }>(
        `select coalesce(sum(hash(t::varchar)::hugeint), 0) || ', ' || count(*) || ' rows' as rows from raw."${name}" as t`,
      );
      told.set(name, `${columns}: ${row?.rows}`);
    }
    return told;
  });
}

// Marts take long to build; every format's are with ATTRIBUTARY_ALL_FORMATS=1, and the first one's, which goes all the way, always.
const isAll = process.env.ATTRIBUTARY_ALL_FORMATS === "1";

test.each(Object.keys(earlierFormats).map(Number))(
  "a log as format %i had it is upgraded, gives the same marts, and stays beside the new one",
  async (format) => {
    const here = await copyOf(place);
    const home = path.join(here.folder, "home");
    const [log, old] = [path.join(home, "raw.duckdb"), path.join(here.folder, "old.duckdb")];
    const present = await rowsOf(log);
    await writeEarlierLog(log, old, format);
    await cp(old, log);
    const engine = await openEngine();
    await openLog(engine, log, () => undefined);
    engine.close();
    const upgraded = await rowsOf(log);
    expect([...upgraded.keys()]).toEqual([...present.keys()]);
    // What an earlier format had no table for, it never knew.
    const known = [...(await rowsOf(old)).keys()].filter((table) => table !== "format");
    expect(known.map((table) => upgraded.get(table))).toEqual(known.map((table) => present.get(table)));
    // What it was before is kept, all of it.
    expect(await rowsOf(path.join(home, "raw.format-1.duckdb"))).toEqual(await rowsOf(old));
    expect((await readdir(home)).filter((name) => name.startsWith("raw."))).toEqual([
      "raw.duckdb",
      "raw.format-1.duckdb",
    ]);
    if (!isAll && format > 1) return;
    await refreshData(here.folder, { noExtract: true });
    expect(await martsOf(here.folder)).toEqual(marts);
  },
);

test("a log of a newer format is refused in words and left as it is", async () => {
  const here = await copyOf(place);
  const log = path.join(here.folder, "home", "raw.duckdb");
  await withLog(log, (connection) => connection.run("update raw.format set version = 8"));
  const before = await stat(log);
  const ran = await here.run("refresh", "--no-extract");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("the log has format 8, and this version of attributary understands formats up to 7");
  expect((await stat(log)).size).toBe(before.size);
});

test("a log that was cut off while it was made is made anew", async () => {
  const log = path.join((await copyOf(place)).folder, "home", "raw.duckdb");
  await writeFile(log, Buffer.alloc(4096));
  const engine = await openEngine();
  await openLog(engine, log, () => undefined);
  engine.close();
  expect((await rowsOf(log)).get("record")).toMatch(/ 0 rows$/);
});

test("a log keeps rows in groups of 2,048 and their JSON packed, also once it is written anew, so that a batch that is added moves little", async () => {
  const here = await copyOf(place);
  const [file, next] = [path.join(here.folder, "rows.duckdb"), path.join(here.folder, "rows.next")];
  const engine = await openEngine();
  try {
    await openLog(engine, file, () => undefined);
    const log = await engine.connect();
    const groups = async (): Promise<string> => {
      await log.run("checkpoint raw");
      const found = await log.rows<{ rows: number; ways: string }>(
        `select
            sum(count) filter (where column_name = 'seq')::bigint as rows,
            string_agg(distinct compression, ', ') filter (where column_name = 'payload' and segment_type = 'VARCHAR') as ways
        from pragma_storage_info('raw.record')
        where segment_type <> 'VALIDITY'
        group by row_group_id
        order by row_group_id`,
      );
      return found.map(({ rows, ways }) => `${rows} ${ways}`).join(", ");
    };
    const add = (from: number, to: number): Promise<number> =>
      log.run(
        `insert into raw.record (seq, id, payload) select i, i, '{"note":"' || repeat('deal ' || i, 90) || '"}' from range(${from}, ${to}) as numbers (i)`,
      );
    await add(0, 5000);
    expect(await groups()).toBe("2048 ZSTD, 2048 ZSTD, 904 ZSTD");
    await rewriteLog(engine, log, next, { change: async () => undefined });
    await replaceLog(engine, file, next);
    await add(5000, 6000);
    expect(await groups()).toBe("2048 ZSTD, 2048 ZSTD, 1904 ZSTD");
  } finally {
    engine.close();
  }
});
