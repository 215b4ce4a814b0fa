import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept, type Drop } from "../../support/build.ts";

// Every case is a source of its own, and all of them are one build.
const sources: object[] = [];
const drops: Record<string, Drop> = {};

/** A source of these files with these keys; returns its name. */
function given(files: Drop, more: object): string {
  const name = `s${sources.length}`;
  sources.push({ name, kind: "files", path: ".", ...more });
  drops[name] = files;
  return name;
}

const shownAs: Readonly<Record<string, string>> = { amount: "amount_minor", created_at: "epoch_ms(created_at)" };

/** Deals with one cell each in a column; returns what becomes of the cells, null where the row was left out. */
function reading(column: string, cells: readonly string[], more: object): () => Promise<unknown[]> {
  const deals = cells.map((cell, index) => ({
    id: `d${index}`,
    state: "open",
    created_at: "2026-03-01T00:00:00Z",
    [column]: cell,
  }));
  const source = given({ deals }, more);
  return async () => {
    const rows = await built.rows<{ key: string; value: unknown }>(
      `select deal_key as key, ${shownAs[column] ?? column} as value from staging.stg_deals`,
    );
    const values = new Map(rows.map((row) => [row.key, row.value]));
    return cells.map((_cell, index) => values.get(`${source}:d${index}`) ?? null);
  };
}

/** One test: these cells of a column become these values. */
function reads(what: string, column: string, more: object, cells: Readonly<Record<string, unknown>>): void {
  const read = reading(column, Object.keys(cells), more);
  test(what, async () => {
    const found = await read();
    expect(Object.fromEntries(Object.keys(cells).map((cell, index) => [cell, found[index]]))).toEqual(cells);
  });
}

const ms = (iso: string): number => Date.parse(iso);

let built: Built;
beforeAll(async () => {
  built = await buildKept(
    {},
    {
      sources: sources as Record<string, unknown>[],
      drops,
      only: ["staging.quarantine", "staging.stg_deals"],
    },
  );
}, 300_000);
afterAll(() => built.close());

describe("a number is read as the export writes it, and never another way", () => {
  reads(
    "1.234,56",
    "amount",
    { formats: { number: "1.234,56" } },
    {
      "1.234,56": 123_456,
      "1234,56": 123_456,
      "12,5": 1250,
      "1.234": 123_400,
      "1.234.567,00": 123_456_700,
      "€ 1.234,56": 123_456,
      "1.234,56 €": 123_456,
      "EUR 7": 700,
      "7,10\u00a0EUR": 710,
      "-3,50 €": -350,
      "3,50-": -350,
      "(3,50)": -350,
      "\u22123,50": -350,
      "1,234.56": null,
      "1234.56": null,
      "12.34": null,
      "1.23,4": null,
      "12 %": null,
      "(3,50": null,
      "-3,50-": null,
      "1e3": null,
      "1_000": null,
      zwölf: null,
    },
  );
  reads(
    "1,234.56",
    "amount",
    { formats: { number: "1,234.56" } },
    {
      "1,234.56": 123_456,
      "$1,234.56": 123_456,
      "US$ 5": 500,
      ".5": 50,
      "1,5": null,
      "1.234,56": null,
    },
  );
  reads(
    "1 234,56",
    "amount",
    { formats: { number: "1 234,56" } },
    {
      "1 234,56": 123_456,
      "1\u202f234,56 €": 123_456,
      "1\u00a0234\u00a0567": 123_456_700,
      "1.234,56": null,
    },
  );
  reads(
    "1'234.56",
    "amount",
    { formats: { number: "1'234.56" } },
    {
      "1'234.56": 123_456,
      "1’234.56": 123_456,
      "CHF 1'234.56": 123_456,
      "1,234.56": null,
    },
  );
  reads(
    "1234,56",
    "amount",
    { formats: { number: "1234,56" } },
    { "1234,56": 123_456, "1.234,56": null, "1234.56": null },
  );
  reads(
    "a probability with a percent sign",
    "probability",
    { formats: { number: "1.234,56" } },
    {
      "12,5 %": "0.125000000000",
      "0,125": "0.125000000000",
      "100%": "1.000000000000",
      "80": null,
    },
  );
  reads(
    "a probability in a column of percentages",
    "probability",
    { columns: { deals: { probability: { name: "Probability (%)", format: "12,5 %" } } } },
    { "80": "0.800000000000", "12,5 %": "0.125000000000", "101": null },
  );
});

describe("a date is read as the export writes it, and never another way", () => {
  const day = (date: string, cells: Readonly<Record<string, string | null>>): void =>
    reads(date, "expected_close_on", { formats: { date } }, cells);
  day("DD/MM/YYYY", {
    "31/03/2026": "2026-03-31",
    "3/4/2026": "2026-04-03",
    "04/31/2026": null,
    "2026-03-31": null,
    "31/03/26": null,
  });
  day("MM/DD/YYYY", {
    "03/31/2026": "2026-03-31",
    "3/4/2026": "2026-03-04",
    "31/03/2026": null,
    "3/4/2026 10:00": null,
  });
  day("DD.MM.YYYY", { "31.03.2026": "2026-03-31", "29.02.2026": null, "31/03/2026": null });
  day("DD-MMM-YY", {
    "31-Mar-26": "2026-03-31",
    "1-dec-26": "2026-12-01",
    "31-March-26": "2026-03-31",
    "31-Mrz-26": null,
  });
  day("MMM D, YYYY", { "Mar 31, 2026": "2026-03-31", "March  3, 2026": "2026-03-03", "3 31, 2026": null });
  day("YYYY-MM-DD", { "2026-03-31": "2026-03-31", "2026-3-1": "2026-03-01" });
  reads(
    "a column that the export writes with a time gives its calendar day, whatever the zone",
    "expected_close_on",
    {
      formats: { timezone: "America/New_York" },
      columns: { deals: { expected_close_on: { format: "DD/MM/YYYY HH:mm" } } },
    },
    { "31/03/2026 23:30": "2026-03-31", "31/03/2026": null },
  );
});

describe("a time is read in its format and its zone", () => {
  const berlin = { date: "DD.MM.YYYY", datetime: "DD.MM.YYYY HH:mm[:ss]", timezone: "Europe/Berlin" };
  reads(
    "with or without seconds, and a bare date is 00:00 there",
    "created_at",
    { formats: berlin },
    {
      "01.03.2026 09:30": ms("2026-03-01T08:30:00Z"),
      "01.07.2026 09:30:15": ms("2026-07-01T07:30:15Z"),
      "01.07.2026": ms("2026-06-30T22:00:00Z"),
      "1.7.2026 25:00": null,
    },
  );
  const american = { datetime: "MM/DD/YYYY hh:mm AM", timezone: "America/New_York" };
  reads(
    "in two halves of twelve hours",
    "created_at",
    { formats: american },
    {
      "3/1/2026 12:05 AM": ms("2026-03-01T05:05:00Z"),
      "3/1/2026 12:05 PM": ms("2026-03-01T17:05:00Z"),
      "3/1/2026 9:30\u202fpm": ms("2026-03-02T02:30:00Z"),
      "3/1/2026 13:00 PM": null,
      "3/1/2026 09:30": null,
    },
  );
  reads(
    "one that occurs twice is the earlier instant, one that never occurs moves forward by the gap (R05)",
    "created_at",
    { formats: berlin },
    { "26.10.2025 02:30": ms("2025-10-26T00:30:00Z"), "29.03.2026 02:30": ms("2026-03-29T01:30:00Z") },
  );
  reads(
    "ISO 8601 without a format is in the source's zone, unless it names its own",
    "created_at",
    { formats: { timezone: "Europe/Berlin" } },
    {
      "2026-03-01T09:30:00": ms("2026-03-01T08:30:00Z"),
      "2026-03-01T09:30:00Z": ms("2026-03-01T09:30:00Z"),
      "2026-03-01": ms("2026-02-28T23:00:00Z"),
    },
  );
});

describe("what goes before what", () => {
  const values = {
    deals: { amount: { "On request": "", "  a LOT ": "99.5" }, expected_close_on: { TBD: "", Soon: "2026-12-01" } },
  };
  const german = { values, formats: { number: "1.234,56", date: "DD.MM.YYYY" } };
  reads("what `values:` turns into a value of ours is not read again", "amount", german, {
    "on request": null,
    "A lot": 9950,
    "1,5": 150,
  });
  reads("nor is a date, and it may be nothing", "expected_close_on", german, {
    "tbd ": null,
    soon: "2026-12-01",
    "01.02.2026": "2026-02-01",
  });
  const formats = { date: "DD/MM/YYYY", entities: { deals: { date: "MM/DD/YYYY" } } };
  reads(
    "an entity's own format goes before the source's",
    "expected_close_on",
    { formats },
    { "03/04/2026": "2026-03-04" },
  );
  const columns = { deals: { expected_close_on: { format: "YYYY/MM/DD" } } };
  reads(
    "a column's own goes before both",
    "expected_close_on",
    { formats, columns },
    {
      "2026/03/04": "2026-03-04",
      "03/04/2026": null,
    },
  );
});

test("the list of bad cells names the cell as it stands and the format it should have", async () => {
  const rows = await built.rows(
    `select entity_key, column_name, value, message from staging.quarantine where source = '${listed}' order by all`,
  );
  expect(rows).toEqual([
    {
      entity_key: `${listed}:d1`,
      column_name: "amount",
      value: "1,234.56",
      message:
        'amount is "1,234.56", which is not a number written like 1.234,56 (deals.csv, line 2); the row is left out',
    },
    {
      entity_key: `${listed}:d3`,
      column_name: "created_at",
      value: "3/1/2026",
      message:
        'created_at is "3/1/2026", which is not written 2026-03-01T09:30:00 or DD.MM.YYYY (deals.csv, line 4); the row is left out',
    },
    {
      entity_key: `${listed}:d3`,
      column_name: "expected_close_on",
      value: "12/31/2026",
      message:
        'expected_close_on is "12/31/2026", which is not written DD.MM.YYYY (deals.csv, line 4); the row is left out',
    },
  ]);
  expect(
    await built.rows(`select deal_key, amount_minor from staging.stg_deals where starts_with(deal_key, '${listed}:')`),
  ).toEqual([{ deal_key: `${listed}:d2`, amount_minor: 150 }]);
});

const listed = given(
  {
    deals: [
      { id: "d1", state: "open", created_at: "01.03.2026", amount: "1,234.56", currency: "EUR" },
      { id: "d2", state: "open", created_at: "2026-03-01T10:00:00Z", closed_on: "31.12.2026", amount: "1,5" },
      { id: "d3", state: "open", created_at: "3/1/2026", expected_close_on: "12/31/2026" },
    ],
  },
  { formats: { date: "DD.MM.YYYY", number: "1.234,56" } },
);
