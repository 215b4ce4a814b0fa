import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { RefreshReport } from "../../src/operate/refresh.ts";
import {
  companySettings,
  createCompany,
  type Sandbox,
  sourceNames,
  startSandbox,
  writeCanonical,
  writeConfig,
  writeDrop,
} from "../../src/sandbox/index.ts";
import { openEngine, openReadOnly } from "../../src/warehouse/database.ts";
import { testNow } from "../support/cli.ts";
import { publishedBy } from "../support/published.ts";
import { readData, refreshData } from "../support/refresh.ts";

// One company, loaded once over the protocols of its vendors and a drop, and once from canonical files.

let folder: string;
let sandbox: Sandbox;
/** Where the company is read over protocols, and where it is read from files. */
let wire: string;
let files: string;

const refreshed = (place: string, noExtract = false): Promise<RefreshReport> =>
  refreshData(place, { asOf: "2026-10-04", noExtract });

// A role has no id in its source: it is found by its line in a file and by its first sight at a vendor.
const withoutPlace = "staging.stg_deal_partners";

/** Every row of a table of what a place published, one text a row. */
async function rowsOf(place: string, table: string): Promise<string[]> {
  const database = await openReadOnly(path.join(place, "home", "current", "warehouse.duckdb"));
  try {
    const connection = await database.connect();
    const rows = await connection.rows<{ row: string }>(
      `select to_json(t)::varchar as row
      from (select columns(name -> name <> '${table === withoutPlace ? "record_key" : ""}') from ${table}) as t
      order by 1`,
    );
    return rows.map(({ row }) => row);
  } finally {
    database.close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-same-"));
  wire = path.join(folder, "wire");
  files = path.join(folder, "files");
  const company = createCompany({ seed: 5, now: testNow, size: 400 });
  await mkdir(path.join(wire, "drop"), { recursive: true });
  await writeDrop(company, path.join(wire, "drop"));
  sandbox = await startSandbox({ company });
  await writeFile(path.join(wire, "attributary.yaml"), writeConfig(sandbox, "drop", "home"));
  await mkdir(files);
  await writeCanonical(company, files);
  const sources = sourceNames.map((name) => ({ name, kind: "files", path: name }));
  await writeFile(path.join(files, "attributary.yaml"), stringify({ ...companySettings(), home: "home", sources }));
  for (const place of [wire, files]) await refreshed(place);
}, 300_000);

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

describe("read over three protocols and from canonical files, one company has the same, row for row", () => {
  test.each([
    "staging.stg_partners",
    "staging.stg_accounts",
    "staging.stg_pipeline_stages",
    "staging.stg_deals",
    "staging.stg_deal_stages",
    "staging.stg_deal_partners",
    "staging.stg_customers",
    "staging.stg_invoices",
    "staging.stg_payments",
    "staging.stg_refunds",
    "staging.deal_record",
    "staging.account_record",
    "marts.dim_account",
    "marts.dim_customer",
    "marts.dim_partner",
    "marts.dim_target",
    "marts.fct_cash",
    "marts.fct_cash_credit",
    "marts.fct_claim",
    "marts.fct_commission",
    "marts.fct_deal",
    "marts.fct_deal_credit",
    "marts.fct_deal_decision",
    "marts.fct_deal_partner",
    "marts.fct_lead",
    "marts.fct_partner_event",
    "marts.fct_recurring",
    "marts.fct_registration",
    "marts.fct_stage",
    "marts.fct_touch",
    "metrics.value",
  ])("%s", async (table) => {
    const found = await rowsOf(wire, table);
    const expected = await rowsOf(files, table);
    expect(found.length).toBeGreaterThan(0);
    // Not one comparison of everything: of tens of thousands of rows the first strays say enough.
    const known = new Set(expected);
    expect(found.filter((row) => !known.has(row)).slice(0, 3)).toEqual([]);
    expect(found.length).toBe(expected.length);
  });
});

describe("a refresh over protocols and a drop", () => {
  /** The log, byte for byte. */
  async function logOf(place: string): Promise<{ count: number; bytes: string }> {
    const engine = await openEngine();
    try {
      await engine.attach(path.join(place, "home", "raw.duckdb"), "raw", { readOnly: true });
      const connection = await engine.connect();
      const rows = await connection.rows<{ row: string }>(
        "select to_json(record)::varchar as row from raw.record order by seq",
      );
      return { count: rows.length, bytes: rows.map(({ row }) => row).join("\n") };
    } finally {
      engine.close();
    }
  }

  test("run again adds no byte to the log, and a build from the log alone gives equal bytes", async () => {
    const log = await logOf(wire);
    const first = await publishedBy(wire);
    expect(log.count).toBeGreaterThan(2000);
    expect(first.size).toBeGreaterThan(15);

    const again = await readData(wire);
    expect(again.reduce((sum, stream) => sum + stream.changed, 0)).toBe(0);
    expect(again.reduce((sum, stream) => sum + stream.requests, 0)).toBeGreaterThan(20);
    const logAgain = await logOf(wire);
    expect(logAgain.count).toBe(log.count);
    expect(logAgain.bytes === log.bytes).toBe(true);

    await refreshed(wire, true);
    const third = await publishedBy(wire);
    expect([...third.keys()]).toEqual([...first.keys()]);
    expect([...first].filter(([table, rows]) => third.get(table) !== rows).map(([table]) => table)).toEqual([]);
  }, 300_000);
});
