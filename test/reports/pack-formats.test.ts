import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { tableFromIPC } from "apache-arrow";
import { readXlsx } from "hucre/xlsx";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportPacks, packFormats, type WrittenPacks } from "../../src/reports/export.ts";
import { differingTexts, workbookOf } from "../../src/reports/packs/workbook.ts";
import { type Connection, type Database, openEngine, openReadOnly } from "../../src/warehouse/database.ts";
import { type FixtureRows, writeFixture } from "../support/fixture-warehouse.ts";

/** What an account is called at its source, and what a cell of a workbook says. */
const hostile: readonly (readonly [string, string])[] = [
  ["=SUM(A1:A9)", "=SUM(A1:A9)"],
  ["+1+cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0"],
  ["-2+3", "-2+3"],
  ["@SUM(1)", "@SUM(1)"],
  ["\t=1+1", "\t=1+1"],
  ["\r=1+1", "\n=1+1"],
  ['=HYPERLINK("http://x.example";"click")', '=HYPERLINK("http://x.example";"click")'],
  ["nul \u0000, bell \u0007, escape \u001b, delete \u007f", "nul ␀, bell ␇, escape ␛, delete ␡"],
  ["no character \ufffe\uffff", "no character \ufffd\ufffd"],
  ["_x0041_ is six signs", "_x0041_ is six signs"],
  ["zero\u200bwidth\u2060 and \ufeffmark", "zero\u200bwidth\u2060 and \ufeffmark"],
  ["\u202egnirts \u05e9\u05dc\u05d5\u05dd", "\u202egnirts \u05e9\u05dc\u05d5\u05dd"],
  ["two\nlines, \"quoted\", 'so'; <b>&amp;</b>]]>", "two\nlines, \"quoted\", 'so'; <b>&amp;</b>]]>"],
  ["  blanks around  ", "  blanks around  "],
  ["2026-04-01", "2026-04-01"],
  ["0012", "0012"],
  ["😀 日本", "😀 日本"],
  ["x".repeat(10_000), "x".repeat(10_000)],
];

const deal = (key: string, account: string, over: Record<string, string | number | boolean | null> = {}) => ({
  deal_key: key,
  account_name: account,
  state: "won",
  class: "sourced",
  order_type: "new",
  source: "hubspot",
  stage: "Closed won",
  created_on: "2026-04-01",
  closed_on: "2026-05-20",
  amount_reporting_minor: 1_250_050,
  is_conflict: false,
  ...over,
});
const partner = (key: string, name: string) => ({
  partner_key: key,
  name,
  tier: "Gold",
  manager: "Dana Whitfield",
  is_prospect: false,
  is_ended: false,
  is_counted: true,
});
const part = (dealKey: string, partnerKey: string, isSource: boolean) => ({
  deal_key: dealKey,
  partner_key: partnerKey,
  is_source: isSource,
  is_influence: !isSource,
  touches: 1,
});

/** Kestrel brought one deal, one is open, a third it helped Juniper with; the hostile ones are its own. */
const rows: FixtureRows = {
  "marts.dim_partner": [partner("hubspot:1", "Juniper Advisory"), partner("hubspot:2", "Kestrel Cloud")],
  "marts.fct_deal": [
    deal("hubspot:101", "Acme Hotels"),
    deal("hubspot:102", "Blue Mill", { amount_reporting_minor: -5 }),
    deal("hubspot:103", "Old Mill", { state: "open", closed_on: null, stage: null, amount_reporting_minor: null }),
    ...hostile.map(([account], at) => deal(`hubspot:${200 + at}`, account, { amount_reporting_minor: 100 + at })),
  ],
  "marts.fct_deal_partner": [
    part("hubspot:101", "hubspot:1", true),
    part("hubspot:101", "hubspot:2", false),
    part("hubspot:102", "hubspot:2", true),
    part("hubspot:103", "hubspot:2", true),
    ...hostile.map((_, at) => part(`hubspot:${200 + at}`, "hubspot:2", true)),
  ],
  "marts.fct_registration": [
    {
      registration_key: "drop:R-81",
      partner_key: "hubspot:2",
      status: "approved",
      submitted_on: "2026-04-02",
      decided_on: "2026-04-03",
      outcome: "won",
    },
  ],
  "marts.fct_commission": [
    ["earned|p1|2", "hubspot:102", "earned", 123_456, "12.5", "2026-04-30", "2026-05-30"],
    ["reversed|p1|2", "hubspot:102", "reversed", -56, "12.5", "2026-05-30", "2026-06-29"],
    ["paid|o1|2", null, "paid", -100_000, null, "2026-06-15", "2026-06-15"],
  ].map(([entry_key, deal_key, kind, amount_minor, rate, entry_on, payable_on]) => ({
    entry_key: entry_key ?? "",
    partner_key: "hubspot:2",
    deal_key: deal_key ?? null,
    kind: kind ?? "",
    amount_minor: amount_minor ?? 0,
    rate: rate ?? null,
    entry_on: entry_on ?? "",
    payable_on: payable_on ?? "",
  })),
};

type Rows = readonly (readonly (string | null)[])[];

let folder = "";
let database: Database;
let engine: Database;
let connection: Connection;
let packs: WrittenPacks;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-formats-"));
  const file = path.join(folder, "warehouse.duckdb");
  await writeFixture(file, rows);
  database = await openReadOnly(file);
  engine = await openEngine();
  connection = await engine.connect();
  packs = await write("packs", packFormats);
});
afterAll(async () => {
  connection.close();
  engine.close();
  database.close();
  await rm(folder, { recursive: true, force: true });
});

const write = (name: string, formats: readonly string[]): Promise<WrittenPacks> =>
  exportPacks({ database, formats, exports: path.join(folder, name), partner: "hubspot:2", period: "2026-Q2" });

const place = (end: string): string =>
  path.join(packs.folder, packs.files.find((file) => file.endsWith(end)) ?? `no ${end}`);

/** The engine's own reading of a CSV, every cell as text. */
async function csvRows(table: string): Promise<Rows> {
  const read = await connection.rows<Record<string, string | null>>(
    "select * from read_csv($1, all_varchar = true, header = true, quote = '\"', escape = '\"', strict_mode = false)",
    [place(`_${table}.csv`)],
  );
  return read.map((row) => Object.values(row));
}

const cells = (values: readonly unknown[]): (string | null)[] =>
  values.map((value) =>
    value === null || value === undefined
      ? null
      : value instanceof Date
        ? value.toISOString().slice(0, 10)
        : String(value),
  );
/** Numbers by what they are, so that 12.50 is 12.5; as in a CSV, text that looks like a formula has an apostrophe before it. */
const asInCsv = (read: Rows, numbers: readonly number[]): Rows =>
  read.map((row) =>
    row.map((cell, at) =>
      cell === null
        ? null
        : numbers.includes(at)
          ? String(Number(cell))
          : /^[=+\-@＝＋－＠\t\r\n]/.test(cell)
            ? `'${cell}`
            : cell,
    ),
  );

const tables = [
  { name: "summary", numbers: [1] },
  { name: "registrations", numbers: [] },
  { name: "commissions", numbers: [5, 6] },
];

describe("a pack in every format", () => {
  test("has the same tables under the same base names", async () => {
    const base = "kestrel-cloud_2026-Q2_as-of-2026-08-21";
    expect((await readdir(path.join(packs.folder, "kestrel-cloud--hubspot--2"))).sort()).toEqual(
      [
        `${base}.html`,
        `${base}.pdf`,
        `${base}.xlsx`,
        ...["commissions", "deals", "registrations", "summary"].flatMap((table) =>
          ["arrow", "csv", "parquet"].map((format) => `${base}_${table}.${format}`),
        ),
      ].sort(),
    );
  });

  test.each(tables)("holds the same rows: $name", async ({ name, numbers }) => {
    const csv = asInCsv(await csvRows(name), numbers);
    expect(csv.length).toBeGreaterThan(0);
    const parquet = await connection.rows<Record<string, unknown>>("select * from read_parquet($1)", [
      place(`_${name}.parquet`),
    ]);
    expect(
      asInCsv(
        parquet.map((row) => cells(Object.values(row))),
        numbers,
      ),
    ).toEqual(csv);
    const workbook = await readXlsx(await readFile(place(".xlsx")));
    const sheet = workbook.sheets.find((one) => one.name === name);
    const height = csv[0]?.length ?? 0;
    const sheetRows = (sheet?.rows ?? [])
      .slice(1)
      .map((row) => cells(Array.from({ length: height }, (_, at) => row[at])));
    expect(asInCsv(sheetRows, numbers)).toEqual(csv);
  });

  test("says in Arrow what it says in Parquet: dates as dates, money exact, rates as decimals", async () => {
    const arrow = tableFromIPC(await readFile(place("_commissions.arrow")));
    expect(arrow.schema.fields.map((field) => `${field.name} ${String(field.type)}`)).toEqual([
      "entry_on Date32<DAY>",
      "payable_on Date32<DAY>",
      "kind Utf8",
      "deal Utf8",
      "account Utf8",
      "rate_percent Decimal[38e+6]",
      "amount Decimal[38e+2]",
      "currency Utf8",
    ]);
    // Minor units and millionths of a percent in 32-bit words of the two's complement.
    const whole = (words: Uint32Array | null): number | null =>
      words === null ? null : Number(BigInt.asIntN(32, BigInt(words[0] ?? 0)));
    expect(arrow.toArray().map((row) => [row.kind, row.deal, whole(row.rate_percent), whole(row.amount)])).toEqual([
      ["earned", "hubspot:102", 12_500_000, 123_456],
      ["reversed", "hubspot:102", 12_500_000, -56],
      ["paid", null, null, -100_000],
    ]);
    expect(new Date(Number(arrow.get(0)?.entry_on)).toISOString().slice(0, 10)).toBe("2026-04-30");
    const types = await connection.columns(`select * from read_parquet('${place("_commissions.parquet")}')`);
    expect(types.map((column) => column.type)).toEqual([
      "DATE",
      "DATE",
      "VARCHAR",
      "VARCHAR",
      "VARCHAR",
      "DECIMAL(38,6)",
      "DECIMAL(38,2)",
      "VARCHAR",
    ]);
  });

  test("states the commission of the period in every format: 1,234.56 − 0.56 − 1,000.00 = 234.00", async () => {
    const summary = new Map((await csvRows("summary")).map(([figure, amount]) => [figure, amount]));
    expect([
      summary.get("Earned"),
      summary.get("Reversed"),
      summary.get("Paid"),
      summary.get("Closing balance"),
    ]).toEqual(["1234.56", "-0.56", "-1000.00", "234.00"]);
    const [sum] = await connection.rows<{ total: string }>("select sum(amount) as total from read_parquet($1)", [
      place("_commissions.parquet"),
    ]);
    expect(sum?.total).toBe("234.00");
    const workbook = await readXlsx(await readFile(place(".xlsx")));
    const amounts = workbook.sheets
      .find((sheet) => sheet.name === "commissions")
      ?.rows.slice(1)
      .map((row) => row[6]);
    expect(amounts).toEqual([1234.56, -0.56, -1000]);
  });

  test("prints what the page says", async () => {
    const { stdout } = await promisify(execFile)("pdftotext", ["-raw", place(".pdf"), "-"], { maxBuffer: 1e8 });
    const words = stdout.replaceAll(/\s+/g, " ");
    for (const text of [
      "Kestrel Cloud",
      "Closing balance 234.00 USD",
      "hubspot:102 Blue Mill",
      "drop:R-81",
      "−1,000.00",
    ]) {
      expect(words).toContain(text);
    }
    expect(words).not.toMatch(/juniper|whitfield/i);
    const feet = [...words.matchAll(/(\d+) \/ (\d+) Kestrel Cloud · Q2 FY26 · as of 21 Aug 2026/g)];
    expect(feet.map(([, sheet]) => Number(sheet))).toEqual(feet.map((_, at) => at + 1));
    expect(feet).toHaveLength(Number(feet[0]?.[2]));
    const info = await promisify(execFile)("pdfinfo", ["-isodates", place(".pdf")]);
    expect(info.stdout).toContain("CreationDate:    2026-08-21T00:00:00Z");
  });

  test("gives the same bytes for the same rows", async () => {
    const again = await write(
      "again",
      packFormats.filter((format) => format !== "pdf"),
    );
    expect(again.files.length).toBe(14);
    for (const file of again.files) {
      const [one, other] = await Promise.all([
        readFile(path.join(again.folder, file)),
        readFile(path.join(packs.folder, file)),
      ]);
      expect(one.equals(other), file).toBe(true);
    }
  });
});

describe("a workbook", () => {
  test("begins with a sheet that says what it is, and has one sheet a table with a frozen bold head", async () => {
    const workbook = await readXlsx(await readFile(place(".xlsx")), { readStyles: true });
    expect(workbook.sheets.map((sheet) => sheet.name)).toEqual([
      "About",
      "summary",
      "deals",
      "registrations",
      "commissions",
    ]);
    const about = workbook.sheets[0]?.rows.map((row) => cells(row.slice(0, 2))) ?? [];
    expect(about.slice(1, 8)).toEqual([
      ["Partner", "Kestrel Cloud"],
      ["Tier", "Gold"],
      ["Period", "Q2 FY26"],
      ["First day", "2026-04-01"],
      ["Last day", "2026-06-30"],
      ["As of", "2026-08-21"],
      ["Currency", "USD"],
    ]);
    // The pack is of a quarter that ended 52 days before, so its deals went on since.
    expect(about.find(([name]) => name === "deals")?.[1]).toContain(
      "State, stage and closing day are as of 21 Aug 2026: what was won after 30 Jun 2026 is not in the summary.",
    );
    expect(about).toContainEqual(["entry_on", "The day the commission arose, was taken back or was paid."]);
    for (const sheet of workbook.sheets) {
      expect(sheet.freezePane).toMatchObject({ rows: 1 });
      expect(sheet.cells?.get("0,0")?.style?.font?.bold).toBe(true);
    }
    const deals = workbook.sheets[2];
    const formats = ["deal", "created_on", "amount"].map(
      (column) => deals?.cells?.get(`2,${deals.rows[0]?.indexOf(column)}`)?.style?.numFmt,
    );
    expect(formats).toEqual(["@", "yyyy-mm-dd", "#,##0.00"]);
    // Printed, all columns of a row stand on one sheet; the longest figure and a key of Salesforce's with its source fit.
    for (const sheet of workbook.sheets)
      expect(sheet.pageSetup).toMatchObject({ orientation: "landscape", fitToPage: true, fitToWidth: 1 });
    expect(workbook.sheets[1]?.columns?.[0]?.width).toBeGreaterThan("Of it payable by the end of the period".length);
    expect(deals?.columns?.[0]?.width).toBeGreaterThan("salesforce:006Qy00003P9E8eIAL".length);
    expect(workbook.sheets[0]?.cells?.get("4,1")?.style?.alignment?.horizontal).toBe("left");
  });

  test("has money with the digits of its currency, and as text what a spreadsheet cannot hold as a number", async () => {
    const parts = {
      partnerName: "Kestrel",
      tier: null,
      period: "Q2 FY26",
      startsOn: "2026-04-01",
      endsOn: "2026-06-30",
      asOf: "2026-08-21",
    };
    const cell = async (currency: string, number: string) => {
      const table = {
        name: "summary",
        title: "",
        about: "",
        columns: ["figure", "amount"],
        rows: [["Earned", { number }]],
      };
      const read = await readXlsx(await workbookOf({ ...parts, currency, tables: [table] }), { readStyles: true });
      return [read.sheets[1]?.rows[1]?.[1], read.sheets[1]?.cells?.get("1,1")?.style?.numFmt];
    };
    expect(await cell("JPY", "1234")).toEqual([1234, "#,##0"]);
    expect(await cell("KWD", "-0.125")).toEqual([-0.125, "#,##0.000"]);
    expect(await cell("USD", "9999999999999.99")).toEqual([9999999999999.99, "#,##0.00"]);
    expect(await cell("USD", "12345678901234567.89")).toEqual(["12345678901234567.89", "@"]);
  });

  test("shows every hostile text as itself or with visible signs, and none is a formula", async () => {
    const bytes = await readFile(place(".xlsx"));
    const workbook = await readXlsx(bytes, { readStyles: true });
    const deals = workbook.sheets.find((sheet) => sheet.name === "deals");
    const shown = new Map((deals?.rows ?? []).map((row) => [row[0], row[1]]));
    expect(hostile.map((_, at) => shown.get(`hubspot:${200 + at}`))).toEqual(hostile.map(([, text]) => text));
    const texts = differingTexts(bytes, await workbookOf({ ...emptyParts, tables: [] }));
    expect(texts.length).toBeGreaterThan(4);
    expect(texts.filter(({ text }) => /<f[ >]|t="str"|<hyperlink/.test(text))).toEqual([]);
  });

  test("cuts a text that no cell can hold, and says so", async () => {
    const long = "y".repeat(40_000);
    const table = { name: "deals", title: "", about: "", columns: ["account"], rows: [[long]] };
    const read = await readXlsx(await workbookOf({ ...emptyParts, tables: [table] }));
    const shown = String(read.sheets[1]?.rows[1]?.[0]);
    expect([shown.length, shown.slice(32_758)]).toEqual([32_767, "yy… (cut)"]);
  });
});

const emptyParts = Object.freeze({
  partnerName: "Nobody",
  tier: null,
  period: "Q2 FY26",
  startsOn: "2026-04-01",
  endsOn: "2026-06-30",
  asOf: "2026-08-21",
  currency: "USD",
});

test("hostile texts come through CSV, Parquet and Arrow unchanged but for the apostrophe before a formula", async () => {
  const texts = hostile.map(([text]) => text);
  const parquet = await connection.rows<{ account: string }>(
    "select account from read_parquet($1) where deal >= 'hubspot:200' order by deal",
    [place("_deals.parquet")],
  );
  expect(parquet.map((row) => row.account)).toEqual(texts);
  const arrow = tableFromIPC(await readFile(place("_deals.arrow")));
  expect(arrow.toArray().flatMap((row) => (row.deal >= "hubspot:200" ? [row.account] : []))).toEqual(texts);
  const csv = await readFile(place("_deals.csv"), "utf8");
  for (const text of texts) {
    const safe = /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text;
    expect(csv).toContain(/[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe);
  }
});
