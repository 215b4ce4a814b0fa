import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { type Bench, openBench } from "../support/extraction.ts";

const open = (more: object): Promise<Bench> =>
  openBench({ sources: [{ name: "drop", kind: "files", path: "./drop", ...more }] });

const failureOf = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw new Error(`not an error for people: ${String(error)}`);
  return error;
};

/** The living records of an entity with the place each stands at. */
const living = (log: Bench, stream: string): Promise<Record<string, unknown>[]> =>
  log.rows(
    `select id, file, line, payload from raw.record inner join raw.position using (source, stream, id)
    where stream = '${stream}' qualify row_number() over (partition by id order by seq desc) = 1 order by id`,
  );

const columns = {
  registrations: { id: "Reg", partner_id: "Partner", submitted_at: "On", status: "Status" },
  partners: { id: "Partner", name: "Partner Name" },
};
const shared = { files: { registrations: "Deal Reg*.csv", partners: ["deal reg*.CSV"] }, columns };

test("one file gives two entities: its partner once, a registration without a key not at all", async () => {
  const log = await open(shared);
  await log.write(
    "drop/Deal Registrations 2026-10.csv",
    "Reg,Partner,Partner Name,On,Status,id\nr1,p1,Acme,2026-01-01,approved,x\nr2,p1,Acme,2026-01-02,approved,y\n,p2,Beta,,,z\n",
  );
  const reports = await log.run(1);
  expect(reports.map(({ stream, rows }) => [stream, rows])).toEqual([
    ["partners", 2],
    ["registrations", 2],
  ]);
  const file = "Deal Registrations 2026-10.csv";
  expect(await living(log, "partners")).toEqual([
    { id: "p1", file, line: 3, payload: '{"id":"p1","name":"Acme"}' },
    { id: "p2", file, line: 4, payload: '{"id":"p2","name":"Beta"}' },
  ]);
  expect((await living(log, "registrations")).map(({ id, line }) => [id, line])).toEqual([
    ["r1", 2],
    ["r2", 3],
  ]);
  // Nobody named `id`, and whose it is cannot be told.
  expect(await log.rows("select distinct column_name from raw.unknown_column where column_name = 'id'")).toHaveLength(
    1,
  );
  // The same files again are left alone.
  expect((await log.run(2)).map((report) => report.status)).toEqual(["unchanged", "unchanged"]);
});

test("of different rows with one key the last counts and the others are kept as duplicates, equal ones are one", async () => {
  const log = await open(shared);
  await log.write(
    "drop/Deal Regs.csv",
    "Reg,Partner,Partner Name,On,Status\nr1,p1,Acme,2026-01-01,approved\nr2,p1,Acme Inc,2026-01-02,approved\nr3,p1,Acme,2026-01-03,approved\n",
  );
  await log.run(1);
  expect((await living(log, "partners")).map(({ id, line }) => [id, line])).toEqual([
    ["p1", 4],
    ["p1~1", 3],
  ]);
});

test("a line that is no row is told once, not by each entity", async () => {
  const log = await open(shared);
  await log.write("drop/Deal Regs.csv", "Reg,Partner,Partner Name,On,Status\nr1,p1\nr2,p1,Acme,2026-01-02,approved\n");
  await log.run(1);
  expect(await log.rows("select stream from raw.record where id like '~bad~%'")).toEqual([{ stream: "partners" }]);
});

test("several files give one entity; of a key in several the last file by name counts", async () => {
  const log = await open({ files: { deals: ["deals-*.csv", "late.tsv"] } });
  await log.write("drop/deals-amer.csv", "id,state,created_at\nd1,open,2026-01-01\nd2,open,2026-01-01\n");
  await log.write("drop/deals-emea.csv", "created_at;state;id\n2026-01-01;won;d2\n2026-01-01;open;d3\n");
  await log.write("drop/late.tsv", "id\tstate\tcreated_at\nd4\tlost\t2026-01-01\n");
  await log.run(1);
  expect((await living(log, "deals")).map(({ id, file, line }) => [id, file, line])).toEqual([
    ["d1", "deals-amer.csv", 2],
    ["d2", "deals-emea.csv", 2],
    ["d2~1", "deals-amer.csv", 3],
    ["d3", "deals-emea.csv", 3],
    ["d4", "late.tsv", 2],
  ]);
  await log.write("drop/deals-emea.csv", "created_at;state;id\n2026-01-01;open;d3\n");
  await log.run(2);
  expect((await log.rows("select id from raw.position")).map((row) => row.id).sort()).toEqual(["d1", "d2", "d3", "d4"]);
});

test("a pattern that no file has stops the source: an export that is late does not look like one whose rows are gone", async () => {
  const log = await open({ files: { deals: ["deals-emea.csv", "deals-amer.csv"] } });
  await log.write("drop/deals-emea.csv", "id,state,created_at\nd1,open,2026-01-01\n");
  const error = await failureOf(log.run(1));
  expect([error.exitCode, error.found]).toEqual([
    3,
    'no file is named like "deals-amer.csv", which `files:` gives for deals (deals-emea.csv)',
  ]);
  await log.write("drop/deals-amer.csv", "id,state,created_at\nd2,open,2026-01-01\n");
  await log.run(2);
  await rm(path.join(log.folder, "drop/deals-amer.csv"));
  await failureOf(log.run(3));
  expect(await log.rows("select id from raw.record where op = 'delete'")).toEqual([]);
});

test("what comes only sometimes stays as it was read last, and every pattern that is still missing is named at once", async () => {
  const files = { deals: ["deals-*.csv", "late*.csv"], leads: ["l1.csv", "l2.csv"], targets: "plan.csv" };
  const log = await open({ files, optional: ["leads", "targets", "touches"] });
  const deals = "id,state,created_at\nd1,open,2026-01-01\n";
  const leads = "id,partner_id,received_at\nL,p1,2026-01-01\n";
  await log.write("drop/l1.csv", leads);
  const error = await failureOf(log.run(1));
  // Of leads one of two files is there, so the other one is late; targets are not expected.
  expect(error.found).toBe(
    'no file is named like "deals-*.csv", which `files:` gives for deals, nor like "late*.csv", which `files:` gives for deals, nor like "l2.csv", which `files:` gives for leads (l1.csv)',
  );
  await log.write("drop/deals-1.csv", deals);
  await log.write("drop/late.csv", deals.replace("d1", "d2"));
  await log.write("drop/l2.csv", leads.replace("L", "M"));
  await log.write("drop/touches.csv", "id,partner_id,kind,occurred_at\nt,p1,demo,2026-01-01\n");
  await log.run(2);
  for (const name of ["l1.csv", "l2.csv", "touches.csv"]) await rm(path.join(log.folder, "drop", name));
  const reports = await log.run(3);
  expect(reports.map(({ stream, status, rows }) => [stream, status, rows])).toEqual([
    ["deals", "unchanged", 2],
    ["leads", "unchanged", 2],
    ["touches", "unchanged", 1],
  ]);
  expect(log.shown()).toContain("source drop: no file gives leads this time, so what was read last stays");
  expect(await log.rows("select id from raw.record where op = 'delete'")).toEqual([]);
});

test("a drop may be empty when all of it comes only sometimes, and not when something else was there", async () => {
  const log = await open({ optional: ["leads"] });
  await mkdir(path.join(log.folder, "drop"));
  expect(await log.run(1)).toEqual([]);
  await log.write("drop/deals.csv", "id,state,created_at\nd1,open,2026-01-01\n");
  await log.run(2);
  await rm(path.join(log.folder, "drop", "deals.csv"));
  const error = await failureOf(log.run(3));
  expect([error.exitCode, error.message]).toEqual([
    3,
    expect.stringMatching(/this folder is empty\n {2}→ put the export of deals there again/),
  ]);
});

test("a file that the configuration names and that cannot be read is refused; one that it passes over is mentioned", async () => {
  const log = await open({ files: { deals: ["Pipeline*"] } });
  await log.write("drop/deals.csv", "id,state,created_at\n");
  await log.write("drop/Pipeline.csv", "id,state,created_at\nd1,open,2026-01-01\n");
  await log.run(1);
  expect(log.shown()).toContain("deals.csv is left aside: `files:` names other files for deals");
  await log.write("drop/Pipeline.xlsx", "PK");
  const error = await failureOf(log.run(2));
  expect(error.where).toBe("source drop, file Pipeline.xlsx");
  expect(error.fix).toContain("a spreadsheet as CSV in UTF-8");
});

test("in a file for several entities every required column has to be named", async () => {
  const log = await open({ ...shared, columns: { ...columns, partners: { id: "Partner" } } });
  await log.write("drop/Deal Regs.csv", "Reg,Partner,name,On,Status\nr1,p1,Acme,2026-01-01,approved\n");
  const error = await failureOf(log.run(1));
  expect(error.found).toContain(
    'it gives partners and registrations, and nothing says which of its columns is "name" of partners',
  );
  expect(error.fix).toContain('columns: { partners: { name: "name" } }');
});

test("a value of the configuration stands in every row, or where the export's cell is empty", async () => {
  const log = await open({
    columns: {
      deals: { currency: { value: "EUR" }, owner: { name: "Rep", value: "nobody" }, state: { value: "open" } },
    },
  });
  await log.write("drop/deals.csv", "id,created_at,Rep\nd1,2026-01-01,Ada\nd2,2026-01-01, \n");
  await log.run(1);
  expect((await living(log, "deals")).map((row) => JSON.parse(String(row.payload)))).toEqual([
    { id: "d1", state: "open", currency: "EUR", created_at: "2026-01-01", owner: "Ada" },
    { id: "d2", state: "open", currency: "EUR", created_at: "2026-01-01", owner: "nobody" },
  ]);
});

test("one column of a file may give two of ours", async () => {
  const log = await open({ columns: { registrations: { id: "Case", deal_id: "Case" } } });
  await log.write("drop/registrations.csv", "Case,partner_id,submitted_at,status\nc1,p1,2026-01-01,approved\n");
  await log.run(1);
  expect((await living(log, "registrations")).map((row) => JSON.parse(String(row.payload)))).toMatchObject([
    { id: "c1", deal_id: "c1" },
  ]);
});

test.each([
  ["UTF-16 by its mark", undefined, Buffer.from("\uFEFFid,name\np1,Käse & Söhne – 5 €\n", "utf16le")],
  ["UTF-16 the other way round", undefined, Buffer.from("\uFEFFid,name\np1,Käse & Söhne – 5 €\n", "utf16le").swap16()],
  ["UTF-8 with a mark, whatever is configured", "windows-1252", "\uFEFFid,name\np1,Käse & Söhne – 5 €\n"],
  [
    "Windows' own code page",
    "windows-1252",
    Buffer.from("id,name\np1,K\u00e4se & S\u00f6hne \u0096 5 \u0080\n", "latin1"),
  ],
])("a file in %s is read", async (_what, encoding, content) => {
  const log = await open(encoding === undefined ? {} : { encoding });
  await log.write("drop/partners.csv", content);
  await log.run(1);
  expect((await living(log, "partners")).map((row) => JSON.parse(String(row.payload)))).toEqual([
    { id: "p1", name: "Käse & Söhne – 5 €" },
  ]);
});

test("another encoding reads the same file anew, and only what it changes is new", async () => {
  const log = await open({});
  const { parseConfig } = await import("../../src/config/load.ts");
  await log.write("drop/partners.csv", Buffer.from("id,name\np1,Acme\np2,S\u00f6hne\n", "latin1"));
  await log.run(1);
  const text = "sources: [{ name: drop, kind: files, path: ./drop, encoding: latin1 }]";
  const [second] = await log.run(2, { config: parseConfig(text, "attributary.yaml", {}) });
  expect(second).toMatchObject({ status: "done", rows: 2, changed: 2 });
  expect((await living(log, "partners")).map(({ id }) => id)).toEqual(["p1", "p2"]);
});
