import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { createCompany, startSandbox } from "../../src/sandbox/index.ts";
import { type Ran, runCommand, testNow, writeCsv } from "../support/cli.ts";

interface Given {
  /** Files of the drop by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Entries of `sources`; one drop at `./drop` unless told. */
  readonly sources?: readonly Readonly<Record<string, unknown>>[];
}

/** A refresh of a folder with these files and sources, and questions to what it published. */
async function refreshOf(given: Given): Promise<{ ran: Ran; query: (sql: string) => Promise<unknown> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-bad-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeCsv(path.join(folder, "drop"), {});
  for (const [name, text] of Object.entries(given.files ?? {})) await writeFile(path.join(folder, "drop", name), text);
  const sources = given.sources ?? [{ name: "drop", kind: "files", path: "drop" }];
  await writeFile(path.join(folder, "attributary.yaml"), stringify({ home: "home", sources }));
  const ran = await runCommand(folder, ["refresh", "--as-of", "2026-09-30"]);
  const query = async (sql: string): Promise<unknown> => {
    const asked = await runCommand(folder, ["query", sql, "--json"]);
    return JSON.parse(asked.stdout);
  };
  return { ran: { ...ran, stderr: ran.stderr.replaceAll(folder, "<folder>") }, query };
}

/** The closing error of a refresh, as a person reads it. */
const errorOf = (ran: Ran): string => ran.stderr.slice(ran.stderr.indexOf("error: "));

/** A port on loopback where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("a source that cannot be used stops the refresh with exit code 3, in words", () => {
  test("an empty drop folder", async () => {
    const { ran } = await refreshOf({});
    expect(ran.code).toBe(3);
    expect(errorOf(ran)).toBe(
      "error: source drop, folder <folder>/drop: this folder is empty\n  → put <entity>.csv, .ndjson or .parquet there; the entities are partners, accounts, pipeline_stages, deals, deal_stages, deal_partners, registrations, leads, touches, certifications, activities, overlaps, customers, invoices, payments, refunds, fx_rates, targets, payouts, overrides, annotations\n",
    );
  });

  test("a required column that is missing", async () => {
    const { ran } = await refreshOf({ files: { "partners.csv": "id,nmae\np1,Acme\n" } });
    expect(ran.code).toBe(3);
    expect(errorOf(ran)).toBe(
      'error: source drop, file partners.csv: the required column "name" is missing; it has id, nmae\n  → name the column "name", or say what it is called: columns: { partners: { name: "nmae" } } at this source\n',
    );
  });

  test("a Parquet file that is none", async () => {
    const { ran } = await refreshOf({ files: { "deals.parquet": "not parquet" } });
    expect(ran.code).toBe(3);
    expect(errorOf(ran)).toMatch(
      /^error: source drop, file deals\.parquet: it is not a whole Parquet file .*\n {2}→ export or copy it again\n$/,
    );
  });

  test("a token that the vendor refuses, which is not shown", async () => {
    const sandbox = await startSandbox({ company: createCompany({ seed: 3, now: testNow, size: 20 }) });
    onTestFinished(() => sandbox.close());
    const { ran } = await refreshOf({
      sources: [{ name: "hs", kind: "hubspot", access_token: "sesame-open", base_url: sandbox.hubspot.url }],
    });
    expect(ran.code).toBe(3);
    expect(errorOf(ran)).toContain("error: source hs, stream account");
    expect(errorOf(ran)).toMatch(/401/);
    expect(errorOf(ran)).toContain(
      "→ put valid credentials for hs into the environment; `attributary doctor` tries them",
    );
    expect(errorOf(ran)).toContain("(the same at source hs, stream currencies; ");
    expect(ran.stderr).not.toContain("sesame-open");
  });

  test("a host that nobody answers at", async () => {
    const port = await deadPort();
    const { ran } = await refreshOf({
      sources: [
        { name: "stripe", kind: "stripe", api_key: "rk_test_secret_words", base_url: `http://127.0.0.1:${port}` },
      ],
    });
    expect(ran.code).toBe(3);
    expect(errorOf(ran)).toContain(
      `error: source stripe, stream customers: GET /v1/customers: the connection to http://127.0.0.1:${port} failed (ECONNREFUSED), 7 times in a row\n  → check the network, a proxy, and the source's base_url\n`,
    );
    expect(ran.stderr).not.toContain("secret_words");
  }, 300_000);
});

describe("bad rows are left out with file and line, and the rest goes on", () => {
  test("a bad cell and a reference to nobody", async () => {
    const { ran, query } = await refreshOf({
      files: {
        "partners.csv": 'id,name,agreed_on\np1,"Acme\nand Sons",2026-01-05\np2,Beta,soon\n',
        "registrations.csv":
          "id,partner_id,submitted_at,decided_at,status\nr1,p1,2026-01-01,2026-01-02,approved\nr2,p9,2026-01-01,2026-01-02,approved\n",
      },
    });
    expect(ran.code).toBe(0);
    expect(await query("select partner_key from marts.dim_partner")).toEqual([{ partner_key: "drop:p1" }]);
    expect(await query("select registration_key from marts.fct_registration")).toEqual([
      { registration_key: "drop:r1" },
    ]);
    expect(
      await query(
        "select check_id, entity_key, message, fix from quality.issue where severity = 'error' order by check_id",
      ),
    ).toEqual([
      {
        check_id: "bad_cell",
        entity_key: "drop:p2",
        message:
          'agreed_on is "soon", which is not a date such as 2026-03-01 (partners.csv, line 4); the row is left out',
        fix: "correct the cell in the source, or map its value with `values:` in the config",
      },
      {
        check_id: "unknown_reference",
        entity_key: "drop:r2",
        message:
          'partner_id names the partner "drop:p9", which no source has (registrations.csv, line 3); the row is left out',
        fix: "load the partner, or correct the reference (another source's row is written source:id)",
      },
    ]);
  });

  test("a line with too many or too few fields", async () => {
    const { ran, query } = await refreshOf({
      files: { "partners.csv": "id,name,tier\np1,Acme,Gold\np2,Beta,Gold,extra\np3,Cove\n" },
    });
    expect(ran.code).toBe(0);
    expect(await query("select partner_key from marts.dim_partner")).toEqual([{ partner_key: "drop:p1" }]);
    expect(await query("select message from quality.issue where check_id = 'bad_cell' order by message")).toEqual([
      { message: "2 fields where the header has 3 (partners.csv, line 4); the row is left out" },
      { message: "4 fields where the header has 3 (partners.csv, line 3); the row is left out" },
    ]);
  });

  test("an invoice whose tax dwarfs its total collects nothing, and is listed", async () => {
    const { ran, query } = await refreshOf({
      files: {
        "customers.csv": "id,name\nc1,Cove\n",
        "invoices.csv": "id,customer_id,issued_at,currency,total,tax\ni1,c1,2026-08-25,USD,1,1000000000\n",
        "payments.csv": "id,invoice_id,paid_at,amount,currency\npy1,i1,2026-08-26,1000000000,USD\n",
      },
    });
    expect(ran.code).toBe(0);
    expect(await query("select cash_key, collected_minor from marts.fct_cash")).toEqual([
      { cash_key: "drop:py1", collected_minor: 0 },
    ]);
    expect(await query("select entity_key from quality.issue where check_id = 'collected_too_large'")).toEqual([
      { entity_key: "drop:py1" },
    ]);
  });

  test("amounts in the trillions still have a concentration", async () => {
    const big = "90000000000000";
    const { ran, query } = await refreshOf({
      files: {
        "partners.csv": "id,name\np1,Acme\n",
        "deals.csv": `id,state,amount,currency,created_at,closed_on,partner_id\nd1,won,${big},USD,2026-08-01,2026-08-20,p1\nd2,won,${big},USD,2026-08-01,2026-08-20,p1\n`,
      },
    });
    expect(ran.code).toBe(0);
    expect(
      await query(
        "select value::double as value from metrics.value where metric = 'partner_hhi' and period = '2026-Q3'",
      ),
    ).toEqual([{ value: 1 }]);
  });
});
