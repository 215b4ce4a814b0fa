import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import { prepareLog } from "../../src/extract/log.ts";
import { runExtraction } from "../../src/extract/run.ts";
import { buildWarehouse } from "../../src/models/build.ts";
import {
  companySettings,
  createCompany,
  SOURCES,
  startSandbox,
  writeCanonical,
  writeConfig,
  writeDrop,
} from "../../src/sandbox/index.ts";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";

// One company, read once over the protocols of its vendors and once from canonical files: from staging on nobody can
// tell which it was.

const now = new Date("2026-11-20T12:00:00Z");
const silent = new Writable({ write: (_chunk, _encoding, done) => done() });

let folder: string;
let wire: Connection;
let files: Connection;
const closing: (() => void)[] = [];

async function buildFrom(name: string, text: string): Promise<Connection> {
  const config = parseConfig(text, "attributary.yaml", {});
  const database = await openEngine();
  for (const part of ["raw", "input", "warehouse"])
    await database.attach(path.join(folder, `${name}-${part}.duckdb`), part);
  const connection = await database.connect();
  closing.push(() => {
    connection.close();
    database.close();
  });
  await connection.run("use warehouse");
  await prepareLog(connection);
  const effects = { now: () => now, env: {}, cwd: folder, stdout: silent, stderr: silent, isTerminal: false };
  await runExtraction({ connection, database, config, folder, runId: "first", startedAt: now, full: false, effects });
  const result = await buildWarehouse({ connection, config, asOf: { date: "2026-11-20", isExplicit: false } });
  expect(result.stopping).toEqual([]);
  return connection;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-same-"));
  const company = createCompany({ seed: 11, now, size: 150 });
  const sandbox = await startSandbox({ company });
  try {
    await writeDrop(company, path.join(folder, "drop"));
    wire = await buildFrom("wire", writeConfig(sandbox, "./drop", "./home"));
  } finally {
    await sandbox.close();
  }
  await writeCanonical(company, path.join(folder, "canonical"));
  const sources = SOURCES.map((name) => ({ name, kind: "files", path: `./canonical/${name}` }));
  files = await buildFrom("files", stringify({ ...companySettings(), sources }));
}, 300_000);

afterAll(async () => {
  for (const close of closing) close();
  await rm(folder, { recursive: true, force: true });
});

const rowsOf = async (connection: Connection, table: string): Promise<string[]> =>
  (await connection.rows(`select * from ${table} order by all`)).map((row) => JSON.stringify(row));

describe("read over the wire and from files, one company has the same", () => {
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
    "marts.fct_deal",
    "marts.fct_deal_credit",
    "marts.fct_cash",
    "marts.fct_commission",
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
