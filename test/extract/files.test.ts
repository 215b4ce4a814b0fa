import { chmod, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import type { SourceOf } from "../../src/config/schema.ts";
import { UserError } from "../../src/errors.ts";
import { probeFiles } from "../../src/extract/files/probe.ts";
import { type Bench, openBench } from "../support/extraction.ts";

const failureOf = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw new Error(`not an error for people: ${String(error)}`);
  return error;
};

/** A source of files at `drop` as the configuration gives it. */
function filesSource(more: object): SourceOf<"files"> {
  const sources = [{ name: "drop", kind: "files", path: "drop", ...more }];
  const [source] = parseConfig(stringify({ sources }), "attributary.yaml", {}).sources;
  if (source?.kind !== "files") throw new Error("not a source of files");
  return source;
}

/** Every version in the log with the line its record stands on today, payload opened. */
async function landed(log: Bench, stream = "partners") {
  const rows = await log.rows<{ id: string; op: string; line: number; payload: string }>(
    `select id, op, line, payload from raw.record left join raw.position using (source, stream, id)
    where stream = '${stream}' order by seq`,
  );
  return rows.map(({ payload, ...row }): Record<string, unknown> => ({ ...row, ...JSON.parse(payload) }));
}

/** Loads one file on its own and says what landed. */
async function load(name: string, content: string | Uint8Array, columns?: Record<string, Record<string, string>>) {
  const log = await openBench({
    sources: [{ name: "drop", kind: "files", path: "./drop", ...(columns === undefined ? {} : { columns }) }],
  });
  await log.write(`drop/${name}`, content);
  await log.run(1);
  return landed(log, path.parse(name).name);
}

const refuse = async (name: string, content: string | Uint8Array, columns?: Record<string, Record<string, string>>) =>
  failureOf(load(name, content, columns));

// More rows than one group of the log holds, so that the engine writes them from several threads.
test("files of many rows are all in the log at once, each version with a place of its own, and so is the end of them all", async () => {
  const log = await openBench({ isFile: true });
  const rows = Array.from({ length: 40_000 }, (_, place) => place);
  const state = () => log.rows("select stream, op, count(*) as n from raw.record group by all order by stream, op");
  await log.write("drop/accounts.csv", `id,name\n${rows.map((place) => `a${place},A`).join("\n")}\n`);
  await log.write("drop/customers.csv", `id,name\n${rows.map((place) => `c${place},C`).join("\n")}\n`);
  await log.run(1);
  expect(await state()).toEqual([
    { stream: "accounts", op: "upsert", n: 40_000 },
    { stream: "customers", op: "upsert", n: 40_000 },
  ]);
  await log.write("drop/customers.csv", "id,name\n");
  await log.run(2, { acceptDrop: ["customers"] });
  expect(await state()).toEqual([
    { stream: "accounts", op: "upsert", n: 40_000 },
    { stream: "customers", op: "delete", n: 40_000 },
    { stream: "customers", op: "upsert", n: 40_000 },
  ]);
  expect(await log.rows("select count(distinct seq) as places from raw.record")).toEqual([{ places: 120_000 }]);
});

test("a CSV file lands as text, cell by cell, with its line", async () => {
  expect(await load("partners.csv", "id,name,tier\np1,Acme,gold\np2, Beta ,\n")).toEqual([
    { id: "p1", op: "upsert", line: 2, name: "Acme", tier: "gold" },
    { id: "p2", op: "upsert", line: 3, name: " Beta ", tier: null },
  ]);
});

test("a column called text holds its cell, not the whole line", async () => {
  expect(await load("annotations.csv", "on,text\n2026-02-03,Portal opened\n")).toMatchObject([
    { text: "Portal opened" },
  ]);
});

test("a byte order mark, CRLF, blank lines and quoted line breaks do not shift the line numbers", async () => {
  const content =
    '\uFEFFid,name\r\n\r\np1,"two\r\nlines, ""quoted"""\r\n\r\n\r\np2,Beta\r\np3,"a\r\nb\r\nc"\r\np4,Delta';
  expect((await load("partners.csv", content)).map(({ id, line, name }) => [id, line, name])).toEqual([
    ["p1", 3, 'two\nlines, "quoted"'],
    ["p2", 7, "Beta"],
    ["p3", 8, "a\nb\nc"],
    ["p4", 11, "Delta"],
  ]);
});

test.each([
  ["semicolons", "id;name;tier\np1;Acme, Inc;gold\n"],
  ["tabs", "id\tname\ttier\np1\tAcme, Inc\tgold\n"],
  ["bars", "id|name|tier\np1|Acme, Inc|gold\n"],
  ["a spreadsheet's sep line", "sep=;\nid;name;tier\np1;Acme, Inc;gold\n"],
  ["every cell in quotes", '"id","name","tier"\n"p1","Acme, Inc","gold"\n'],
])("a file with %s is read as it is", async (_what, content) => {
  const [row] = await load("partners.csv", content);
  expect(row).toMatchObject({ id: "p1", name: "Acme, Inc", tier: "gold" });
});

test("headers are compared without case and outer blanks", async () => {
  expect(await load("partners.csv", "ID , Name,TIER\np1,Acme,gold\n")).toMatchObject([
    { id: "p1", name: "Acme", tier: "gold" },
  ]);
});

test("columns: gives an export's own names, and a plain column of our name then stands aside", async () => {
  const columns = { partners: { id: "Partner ID", name: "Partner Name" } };
  const log = await openBench({ sources: [{ name: "drop", kind: "files", path: "./drop", columns }] });
  await log.write("drop/partners.csv", "Partner ID,partner name,name\np1,Acme,ignored\n");
  await log.run(1);
  expect(await landed(log)).toMatchObject([{ id: "p1", name: "Acme" }]);
  expect(await log.rows("select column_name from raw.unknown_column")).toEqual([{ column_name: "name" }]);
});

test("an unknown column is written down with the nearest name, and ignored", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name,teir,colour\np1,Acme,gold,red\n");
  await log.run(1);
  expect(await log.rows("select * from raw.unknown_column order by column_name")).toEqual([
    {
      source: "drop",
      stream: "partners",
      file: "partners.csv",
      column_name: "colour",
      nearest: null,
      is_absent: false,
    },
    {
      source: "drop",
      stream: "partners",
      file: "partners.csv",
      column_name: "teir",
      nearest: "tier",
      is_absent: false,
    },
  ]);
  expect(await landed(log)).toEqual([{ id: "p1", op: "upsert", line: 2, name: "Acme" }]);
  // Mended, it is no longer listed.
  await log.write("drop/partners.csv", "id,name,tier\np1,Acme,gold\n");
  await log.run(2);
  expect(await log.rows("from raw.unknown_column")).toEqual([]);
});

test("an optional column that the configuration names and the file lacks is written down, not fatal", async () => {
  const log = await openBench({
    sources: [{ name: "drop", kind: "files", path: "./drop", columns: { partners: { tier: "Level" } } }],
  });
  await log.write("drop/partners.csv", "id,name,Levels\np1,Acme,gold\n");
  await log.run(1);
  expect(await log.rows("select column_name, nearest, is_absent from raw.unknown_column order by 1")).toEqual([
    { column_name: "Level", nearest: "Levels", is_absent: true },
    { column_name: "Levels", nearest: null, is_absent: false },
  ]);
});

test("a missing required column stops the source with file, column and fix", async () => {
  const error = await refuse("deals.csv", "id,state,create date\nd1,won,2026-01-01\n");
  expect(error.exitCode).toBe(3);
  expect(error.where).toBe("source drop, file deals.csv");
  expect(error.found).toBe('the required column "created_at" is missing; it has id, state, create date');
  expect(error.fix).toContain('columns: { deals: { created_at: "create date" } }');
});

test("a required column renamed to one that is not there names the configuration", async () => {
  const error = await refuse("partners.csv", "id,Partner Name\np1,Acme\n", { partners: { name: "Partnername" } });
  expect(error.found).toBe(
    'the required column "Partnername" (which the configuration gives for name) is missing; it has id, Partner Name',
  );
  expect(error.fix).toBe(`put the file's own name into columns: { partners: { name: "Partner Name" } } at this source`);
});

test("the same column twice is ambiguous", async () => {
  const error = await refuse("partners.csv", "id,name,Name\np1,Acme,Beta\n");
  expect(error.found).toBe('the column "name" stands there 2 times');
});

test("columns: of an unknown entity or column is a mistake in the configuration", async () => {
  const wrongEntity = await refuse("partners.csv", "id,name\n", { partner: { name: "N" } });
  expect([wrongEntity.exitCode, wrongEntity.fix]).toEqual([2, expect.stringContaining('did you mean "partners"?')]);
  const wrongColumn = await refuse("partners.csv", "id,name\n", { partners: { Name: "name" } });
  expect([wrongColumn.exitCode, wrongColumn.found]).toEqual([2, "unknown key sources.0.columns.partners.Name"]);
});

test("rows with too few or too many fields are kept with the reason and take no other row's place", async () => {
  const rows = await load("partners.csv", "id,name,tier\np1,Acme\np1,Acme,gold\np1,Acme,gold,extra\n");
  expect(rows).toMatchObject([
    { line: 2, __bad: "2 fields where the header has 3", __text: "p1,Acme" },
    { line: 3, id: "p1", name: "Acme" },
    { line: 4, __bad: "4 fields where the header has 3", __text: "p1,Acme,gold,extra" },
  ]);
  expect(rows[1]).not.toHaveProperty("__bad");
});

test("a stray quote costs its own row, not the ones behind it", async () => {
  const content = 'id,name\np1,"open\np2,Beta\np3,"Gam""ma"\np4,Delta\np5,"closed" late\np6,6" pipe\np7,"never\n';
  expect((await load("partners.csv", content)).map((row) => [row.line, row.name, row.__bad])).toEqual([
    [2, "open", "a quote is opened here and no row of 2 fields closes it"],
    [3, "Beta", undefined],
    [4, 'Gam"ma', undefined],
    [5, "Delta", undefined],
    [6, '"closed" late', "text stands behind a closing quote"],
    [7, '6" pipe', undefined],
    [8, "never", "a quote is opened here and no row of 2 fields closes it"],
  ]);
});

test("a row of line breaks behind a stray quote is still read whole", async () => {
  const content = 'id,name\np1,"open\np2,"two\nlines"\np3,Gamma\n';
  expect((await load("partners.csv", content)).map((row) => [row.line, row.name, row.__bad !== undefined])).toEqual([
    [2, "open", true],
    [3, "two\nlines", false],
    [5, "Gamma", false],
  ]);
});

test("a row of line breaks with a field too many is bad as a whole; its end does not pass for a row", async () => {
  const content = 'id,name\np1,"first\nsecond",x\np2,Beta\n';
  expect((await load("partners.csv", content)).map((row) => [row.line, row.id, row.__bad !== undefined])).toEqual([
    [2, "p1", true],
    [3, 'second"', true],
    [4, "p2", false],
  ]);
});

test("rows without anything in them are no rows", async () => {
  expect(await load("partners.csv", 'id,name\n,\n"",""\np1,Acme\n ,\t\n')).toMatchObject([{ id: "p1", line: 4 }]);
});

test("a line that is not UTF-8 is kept as bad, and the lines behind it keep their numbers", async () => {
  const content = Buffer.from("id,name\np1,Acme\np2,Caf\u00e9\np3,Se\u00f1or\np4,Delta\n", "latin1");
  expect((await load("partners.csv", content)).map((row) => [row.line, row.name, row.__bad])).toEqual([
    [2, "Acme", undefined],
    [3, "Café", "the line is not UTF-8"],
    [4, "Señor", "the line is not UTF-8"],
    [5, "Delta", undefined],
  ]);
});

test("a file in another encoding altogether is refused", async () => {
  const binary = await refuse("partners.csv", Buffer.from("PK\u0003\u0004\u0000\u0000"));
  expect(binary.found).toBe("it is not text");
  const rows = Array.from({ length: 1500 }, (_, index) => `p${index},Caf\u00e9\n`).join("");
  const latin = await refuse("partners.csv", Buffer.from(`id,name\n${rows}`, "latin1"));
  expect(latin.found).toBe("1000 or more of its lines are not UTF-8, the first is line 2");
  const header = await refuse("partners.csv", Buffer.from("id,name,R\u00e9gion\np1,Acme,x\n", "latin1"));
  expect(header.found).toBe("its header is not UTF-8");
});

test("of rows with one key the last has the key, the ones before it count back from there", async () => {
  const content =
    "on,from_currency,to_currency,rate\n2026-01-01,EUR,USD,1.1\n2026-01-01,EUR,USD,1.2\n2026-01-01,EUR,USD,1.3\n";
  expect((await load("fx_rates.csv", content)).map((row) => [row.line, row.id, row.rate])).toEqual([
    [2, "2026-01-01|EUR|USD~2", "1.1"],
    [3, "2026-01-01|EUR|USD~1", "1.2"],
    [4, "2026-01-01|EUR|USD", "1.3"],
  ]);
});

test("an earlier row of a key takes no id that another row has as its key, and has the same one the next night", async () => {
  const log = await openBench();
  const state = () =>
    log.rows(
      "select line, id, run_id from raw.record left join raw.position using (source, stream, id) where not starts_with(id, '~bad~') order by line",
    );
  await log.write("drop/partners.csv", "id,name\nV~1,own\nV,first\nV,last\nbroken\n");
  await log.run(1);
  const first = [
    { line: 2, id: "V~1", run_id: "run-1" },
    { line: 3, id: "V~~1", run_id: "run-1" },
    { line: 4, id: "V", run_id: "run-1" },
  ];
  expect(await state()).toEqual(first);
  await log.write("drop/partners.csv", "id,name\nV~1,own\nV,first\nV,last\nbroken\nW,new\n");
  await log.run(2);
  expect(await state()).toEqual([...first, { line: 6, id: "W", run_id: "run-2" }]);
});

test("NDJSON lands as the text a CSV file would have", async () => {
  const content = [
    '{"id":"p1","Name":"Acme","same_as":["crm:1","crm:2"],"tier":null,"colour":"red"}',
    "",
    '{"id":90071992547409931234,"name":"","tier":2.5,"status":true}',
  ].join("\r\n");
  expect(await load("partners.ndjson", content)).toEqual([
    { id: "p1", op: "upsert", line: 1, name: "Acme", same_as: "crm:1;crm:2", tier: null, status: null },
    {
      id: "90071992547409931234",
      op: "upsert",
      line: 3,
      name: null,
      same_as: null,
      tier: "2.5",
      status: "true",
    },
  ]);
});

test("a line of NDJSON that is no object is kept with the reason", async () => {
  const content = '{"id":"p1","name":"Acme"}\n{"id":"p2","na\n[1]\n{"id":"p3","name":"Beta"}\n';
  expect((await load("partners.ndjson", content)).map((row) => [row.line, row.name, row.__bad])).toEqual([
    [1, "Acme", undefined],
    [2, null, "the line is not valid JSON"],
    [3, null, "the line is not a JSON object"],
    [4, "Beta", undefined],
  ]);
});

test("Parquet lands as the text a CSV file would have, whatever its types", async () => {
  const log = await openBench();
  await log.write("drop/.keep", "");
  await log.connection.run(`copy (
      select
          9001::double as id,
          'won' as state,
          timestamptz '2026-03-01 10:00:00.5+02' as created_at,
          date '2026-04-01' as closed_on,
          12.50::decimal(18, 2) as amount,
          0.25::double as probability,
          'Acme'::blob as name,
          timestamp '2026-03-02 08:00:00' as partner_declared_at
  ) to '${log.folder}/drop/deals.parquet'`);
  await log.run(1);
  expect(await landed(log, "deals")).toEqual([
    {
      id: "9001",
      op: "upsert",
      line: 1,
      name: "Acme",
      state: "won",
      amount: "12.50",
      probability: "0.25",
      created_at: "2026-03-01T08:00:00.5Z",
      closed_on: "2026-04-01",
      partner_declared_at: "2026-03-02T08:00:00",
    },
  ]);
});

test("a broken Parquet file is named", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\n");
  await log.connection.run(
    `copy (select i::varchar as id, 'won' as state, '2026-01-01' as created_at, repeat(md5(i::varchar), 20) as name
    from range(20000) as t(i)) to '${log.folder}/drop/deals.parquet'`,
  );
  const { readFile, writeFile } = await import("node:fs/promises");
  const file = path.join(log.folder, "drop/deals.parquet");
  const whole = await readFile(file);
  await writeFile(file, whole.subarray(0, whole.length / 2));
  const cut = await failureOf(log.run(1));
  expect(cut.message).toContain("source drop, file deals.parquet: it is not a whole Parquet file");
  // The footer is whole and the middle is not: the reader only sees it while it reads.
  await writeFile(file, Buffer.concat([whole.subarray(0, 2000), Buffer.alloc(200_000, 7), whole.subarray(202_000)]));
  const spoiled = await failureOf(log.run(2));
  expect(spoiled.message).toContain("source drop, file deals.parquet: it is not a whole Parquet file");
  // The other file of the folder landed all the same.
  expect(await landed(log)).toHaveLength(1);
});

test("a file with the content of last time is not read again, whatever its date", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\n");
  await log.run(1);
  await log.write("drop/partners.csv", "id,name\np1,Acme\n");
  const [again] = await log.run(2);
  expect(again).toMatchObject({ status: "unchanged", rows: 1, changed: 0, pages: 0 });
  const [full] = await log.run(3, { full: true });
  expect(full).toMatchObject({ status: "done", rows: 1, changed: 0 });
  expect(await landed(log)).toHaveLength(1);
});

test("other columns: in the configuration read the same file anew", async () => {
  const log = await openBench();
  const drop = (columns: Record<string, Record<string, string>>) => ({
    config: parseConfig(
      stringify({ sources: [{ name: "drop", kind: "files", path: "./drop", columns }] }),
      "a.yaml",
      {},
    ),
  });
  await log.write("drop/partners.csv", "id,name,Level\np1,Acme,gold\n");
  await log.run(1, drop({}));
  await log.run(2, drop({ partners: { tier: "Level" } }));
  const [third] = await log.run(3, drop({ partners: { tier: "Level" } }));
  expect((await landed(log)).map((row) => row.tier)).toEqual([undefined, "gold"]);
  expect(third?.status).toBe("unchanged");
});

test("a row that is taken out is gone, one that is changed has a new version, line numbers follow", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\np2,Beta\np3,Gamma\n");
  await log.run(1);
  await log.write("drop/partners.csv", "id,name\np1,Acme\np3,Gamma Ltd\n");
  const [second] = await log.run(2);
  expect(second).toMatchObject({ rows: 2, changed: 2 });
  expect((await landed(log)).slice(3)).toEqual([
    { id: "p3", op: "upsert", line: 3, name: "Gamma Ltd" },
    { id: "p2", op: "delete", line: null, name: "Beta" },
  ]);
});

test("the order of rows in a file changes nothing", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\np2,Beta\n");
  await log.run(1);
  await log.write("drop/partners.csv", "id,name\np2,Beta\np1,Acme\n");
  const [second] = await log.run(2);
  expect(second).toMatchObject({ rows: 2, changed: 0 });
});

test("a file that is taken away takes its records with it, and brings them back", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\n");
  await log.write("drop/accounts.csv", "id,name\na1,Shop\n");
  await log.run(1);
  await rm(path.join(log.folder, "drop/accounts.csv"));
  await log.run(2);
  const third = await log.run(3);
  expect((await landed(log, "accounts")).map((row) => row.op)).toEqual(["upsert", "delete"]);
  expect(await log.rows("select * from raw.position where stream = 'accounts'")).toEqual([]);
  expect(third.map((report) => report.stream)).toEqual(["partners"]);
  await log.write("drop/accounts.csv", "id,name\na1,Shop\n");
  await log.run(4);
  expect((await landed(log, "accounts")).map((row) => row.op)).toEqual(["upsert", "delete", "upsert"]);
});

test("an entity may change its format without a new version of its rows", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\n");
  await log.run(1);
  await rm(path.join(log.folder, "drop/partners.csv"));
  await log.write("drop/Partners.NDJSON", '{"name":"Acme","id":"p1"}\n');
  const reports = await log.run(2);
  expect(reports).toMatchObject([{ stream: "partners", status: "done", rows: 1, changed: 0 }]);
  expect(await log.rows("select file, line from raw.position")).toEqual([{ file: "Partners.NDJSON", line: 1 }]);
});

test.each<[string, (log: Bench) => Promise<void>, string]>([
  ["a missing folder", async () => {}, "this folder does not exist"],
  ["an empty folder", (log) => log.write("drop/.hidden", ""), "this folder is empty"],
  ["a folder of other things", (log) => log.write("drop/readme.md", ""), "none of its files gives an entity"],
  [
    "two files for one entity",
    async (log) => {
      await log.write("drop/partners.csv", "id,name\n");
      await log.write("drop/partners.ndjson", "");
    },
    "partners.csv and partners.ndjson both give partners",
  ],
  ["a CSV file without a header", (log) => log.write("drop/partners.csv", "\n\n"), "it is empty"],
])("%s stops the source and names it", async (_what, prepare, found) => {
  const log = await openBench();
  await prepare(log);
  const error = await failureOf(log.run(1));
  expect(error.found).toContain(found);
  expect(error.where).toContain("source drop");
  expect(error.exitCode).toBe(3);
});

test("a folder that vanishes does not take the records with it", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\n");
  await log.run(1);
  await rm(path.join(log.folder, "drop"), { recursive: true });
  await failureOf(log.run(2));
  expect((await landed(log)).map((row) => row.op)).toEqual(["upsert"]);
});

test("a file that cannot be read is named with the reason", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\n");
  const target = path.join(log.folder, "elsewhere.csv");
  await symlink(target, path.join(log.folder, "drop/accounts.csv"));
  const dangling = await failureOf(log.run(1));
  expect(dangling.message).toContain("source drop, file accounts.csv: it cannot be read (ENOENT)");
  if (process.getuid?.() !== 0) {
    await log.write("elsewhere.csv", "id,name\n");
    await chmod(target, 0o000);
    expect((await failureOf(log.run(2))).message).toContain("it cannot be read (EACCES)");
  }
});

test("a file whose name is nearly an entity's is mentioned", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", "id,name\np1,Acme\n");
  await log.write("drop/deal.csv", "id\n");
  await log.write("drop/accounts.xlsx", "");
  await log.run(1);
  expect(log.shown()).toContain('deal.csv is left aside: no entity has this name; did you mean "deals"?');
  expect(log.shown()).toContain("accounts.xlsx is left aside: a file ends in .csv, .ndjson, .parquet");
});

test("every line of a large file keeps its own number", async () => {
  const log = await openBench();
  // Every thousandth row has a line break in it, every 10,000th one field too many.
  const rows = Array.from({ length: 300_000 }, (_, index) => {
    if (index % 10_000 === 5000) return `p${index},x,y,z`;
    return index % 1000 === 0 ? `p${index},"a\nb",gold` : `p${index},n${index},gold`;
  });
  await log.write("drop/partners.csv", `id,name,tier\n${rows.join("\n")}\n`);
  await log.run(1);
  // Before row i stand the header and i rows, and one line more for each thousandth of them but those with a field too many.
  const wrong = await log.rows(`
    with numbered as (
        select
            substr(payload ->> '$.id', 2)::bigint as i,
            line
        from raw.record
        inner join raw.position using (source, stream, id)
    )
    select * from numbered
    where line <> i + 2 + (i + 999) // 1000 - (i + 4999) // 10000`);
  expect(wrong).toEqual([]);
  expect(await log.rows("select count(*) as rows, count(*) filter (id like '~bad~%') as bad from raw.record")).toEqual([
    { rows: 300_000, bad: 30 },
  ]);
});

test("a look at a folder tells what it gives and what is missing, without reading rows", async () => {
  const log = await openBench();
  await log.write("drop/activities.csv", "id,partner_id,kind,occured_at,occurred_at\n");
  await log.write("drop/overlaps.ndjson", "");
  await log.write("drop/notes.txt", "");
  const source = filesSource({});
  expect((await probeFiles(source, log.folder)).found).toEqual([
    `${path.join(log.folder, "drop")} gives activities, overlaps`,
    "activities.csv: 4 of 4 columns; occured_at (did you mean occurred_at?) is ignored",
    "overlaps.ndjson: 0 of 4 columns; without partner_id, account_id, kind, identified_on",
    expect.stringContaining("notes.txt is left aside"),
  ]);
  await log.write("drop/activities.csv", "id,kind\n");
  await log.write("drop/deal_stages.csv", "deal_id,stage\n");
  const error = await failureOf(probeFiles(source, log.folder));
  expect(error.found).toBe('the required columns "partner_id" and "occurred_at" are missing; it has id, kind');
  expect(error.fix).toContain(
    'also source drop, file deal_stages.csv: the required column "entered_at" is missing; it has deal_id, stage',
  );
});

test("a look at an export in a layout of its own tells what each column is taken for, whatever its format", async () => {
  const log = await openBench();
  await log.write("drop/Deal Regs.csv", "Case;Partner;Partner Name;On;Status;Colour\n");
  await log.write(
    "drop/deals-1.ndjson",
    '{"id":"d1","state":"open","created_at":"2026-01-01","Amount":"1"}\n{"id":"d2","ownr":"x"}\n',
  );
  await log.connection.run(
    `copy (select 'a1' as id, 'Acme' as "Company") to '${path.join(log.folder, "drop", "accounts.parquet")}' (format parquet)`,
  );
  const source = filesSource({
    files: { partners: "Deal*.csv", registrations: "Deal*.csv", deals: "deals-*" },
    columns: {
      accounts: { name: "Company" },
      partners: { id: "Partner", name: "Partner Name", tier: "Level" },
      registrations: {
        id: "Case",
        partner_id: "Partner",
        submitted_at: "On",
        status: "Status",
        currency: { value: "EUR" },
      },
    },
    formats: { datetime: "DD/MM/YYYY HH:mm" },
  });
  const { found, columns = [] } = await probeFiles(source, log.folder);
  expect(found.slice(1)).toEqual([
    'Deal Regs.csv → partners: 2 of 12 columns; id ← "Partner", name ← "Partner Name"; without type, tier, region, manager, status, agreed_on, ended_on, domain, parent_id, same_as; Level is named in columns: and not there; Colour is ignored',
    'Deal Regs.csv → registrations: 5 of 11 columns; id ← "Case", partner_id ← "Partner", submitted_at ← "On" as DD/MM/YYYY HH:mm, currency ← "EUR"; without deal_id, account_id, decided_at, protection_ends_on, approver, amount; Colour is ignored',
    'accounts.parquet: 2 of 10 columns; name ← "Company"; without domain, region, segment, country, created_at, customer_ids, same_as, merged_into_id',
    expect.stringContaining(
      'deals-1.ndjson → deals: 4 of 21 columns; created_at ← "created_at" as DD/MM/YYYY HH:mm; without account_id,',
    ),
  ]);
  expect(
    columns.filter((column) => column.state === "ignored").map(({ foundAs, nearest }) => [foundAs, nearest]),
  ).toEqual([
    ["Colour", null],
    ["Colour", null],
    ["ownr", "owner"],
  ]);
});
