import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { createCompany, startSandbox } from "../../src/sandbox/index.ts";
import { type Ran, runCommand, testNow, writeCsv } from "../support/cli.ts";
import { openBench } from "../support/extraction.ts";
import { errorOf } from "../support/vendor-server.ts";

interface Given {
  /** Files of the drop by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Entries of `sources`; one drop at `./drop` unless told. */
  readonly sources?: readonly Readonly<Record<string, unknown>>[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a refresh of a folder with these files and sources ended. */
async function refreshOf(given: Given): Promise<Ran> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-bad-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeCsv(path.join(folder, "drop"), {});
  for (const [name, text] of Object.entries(given.files ?? {})) await writeFile(path.join(folder, "drop", name), text);
  const sources = given.sources ?? [{ name: "drop", kind: "files", path: "drop" }];
  await writeFile(path.join(folder, "attributary.yaml"), stringify({ home: "home", sources }));
  const ran = await runCommand(folder, ["refresh", "--as-of", "2026-09-30"], given.env);
  return { ...ran, stderr: ran.stderr.replaceAll(folder, "<folder>") };
}

/** What a person reads of a refresh: everything but the table of the streams, which has tests of its own. */
function toldBy(ran: Ran): string {
  const lines = ran.stderr.split("\n").filter((line) => !/^[┌├│└]/.test(line));
  // Streams end in any order, so their own lines are sorted; the closing error stays as it is.
  const closing = lines.findIndex((line) => line.startsWith("error: "));
  return [...lines.slice(0, closing).sort(), ...lines.slice(closing)].join("\n");
}

/** A port on loopback where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("a configuration that cannot be used stops every command with exit code 2", () => {
  const refusal = async (text: string): Promise<Ran> => {
    const folder = await mkdtemp(path.join(tmpdir(), "attributary-bad-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(path.join(folder, "attributary.yaml"), text);
    const ran = await runCommand(folder, ["refresh"], { EMPTY: "" });
    return { ...ran, stderr: ran.stderr.replaceAll(folder, "<folder>") };
  };

  test("unknown keys, all of them at once", async () => {
    const ran = await refusal(
      "reporting: { curency: EUR }\nattribution:\n  lookback: 3\nsources:\n  - { name: drop, kind: files, pth: drop, path: drop }\n",
    );
    expect(ran.code).toBe(2);
    expect(ran.stderr).toBe(
      [
        "error: <folder>/attributary.yaml:1:14: unknown key reporting.curency",
        '  → did you mean "currency"? (valid values: currency, fiscal_year_start, timezone); remove or rename it',
        "also <folder>/attributary.yaml:3:3: unknown key attribution.lookback",
        '  → did you mean "lookback_days"? (valid values: claim_days, evidence, half_life_days, late_days, lookback_days, protection_days, qualifying_kinds, source_weight); remove or rename it',
        "also <folder>/attributary.yaml:5:32: unknown key sources.0.pth",
        '  → did you mean "path"? (valid values: columns, encoding, files, formats, kind, name, optional, path, values); remove or rename it',
        "",
      ].join("\n"),
    );
  });

  test("what is no text is not shown to the terminal", async () => {
    for (const text of ["home: \u001b]0;canary\u0007\n", "PAR1\u0000canary"]) {
      const ran = await refusal(text);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toBe(
        "error: <folder>/attributary.yaml: this is no text in UTF-8\n  → name the configuration, a YAML file; where it is one already, save it again as UTF-8\n",
      );
    }
  });

  test("secrets that are not set, all of them at once, an empty one among them", async () => {
    const ran = await refusal(
      'sources:\n  - { name: hs, kind: hubspot, access_token: "${HUBSPOT_TOKEN}" }\n  - { name: pay, kind: stripe, api_key: "${EMPTY}" }\n',
    );
    expect(ran.code).toBe(2);
    expect(ran.stderr).toBe(
      [
        "error: <folder>/attributary.yaml:2:46: the environment variable HUBSPOT_TOKEN is not set",
        "  → set HUBSPOT_TOKEN in the environment or in the .env file beside the configuration",
        "also <folder>/attributary.yaml:3:41: the environment variable EMPTY is not set",
        "  → set EMPTY in the environment or in the .env file beside the configuration",
        "",
      ].join("\n"),
    );
  });

  test("a secret that is not set stops what signs in with it, and nothing else", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "attributary-bad-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const sources = [
      '{ name: hs, kind: hubspot, access_token: "${HUBSPOT_TOKEN}", base_url: "${PROXY}" }',
      '{ name: sf, kind: salesforce, login_url: "${SF_URL}", client_id: "${SF_ID}", client_secret: "${SF_SECRET}" }',
    ];
    const channels = [
      '{ name: post, kind: webhook, webhook_url: "https://${HOST}/in", signing_secret: "${SIGN}" }',
      '{ name: mail, kind: smtp, smtp_url: "${SMTP_URL}", from: "${FROM}", recipients: ["${OPS}"] }',
    ];
    const list = (name: string, lines: readonly string[]): string =>
      `${name}:\n${lines.map((line) => `  - ${line}\n`).join("")}`;
    await writeFile(path.join(folder, "attributary.yaml"), list("sources", sources) + list("channels", channels));
    const told = async (...words: readonly string[]): Promise<string> => {
      const { code, stderr } = await runCommand(folder, words, { FROM: "a@example.com" });
      return `${code} ${/environment variable|nothing (?:has been|was) \w+/.exec(stderr)?.[0] ?? stderr}`;
    };
    for (const words of [["refresh"], ["schedule"], ["doctor"], ["alerts"]]) {
      expect(await told(...words), words.join(" ")).toBe("2 environment variable");
    }
    const reading = [["query", "select 1"], ["explain", "deal", "hs:1"], ["export", "--all"], ["scorecard"], ["diff"]];
    for (const words of reading) expect(await told(...words), words[0]).toBe("2 nothing has been published");
    expect(await told("compare", "--with", "attributary.yaml")).toBe("2 nothing has been read");
    expect(await told("status", "--check")).toBe("3 nothing was refreshed");
    expect(await told("alerts", "--dry-run")).toMatch(/^0 no alert is configured/);

    // What decides where the data is, or what it comes to, is needed by all of them.
    await writeFile(
      path.join(folder, "attributary.yaml"),
      `reporting: { currency: "\${CODE}" }\n${list("sources", sources)}`,
    );
    expect(await told("status")).toBe("2 environment variable");
  });

  test("a secret that is missing, and one that is written as nothing", async () => {
    const ran = await refusal(
      'sources:\n  - { name: hs, kind: hubspot }\n  - { name: pay, kind: stripe, api_key: "" }\n',
    );
    expect(ran.code).toBe(2);
    expect(ran.stderr).toBe(
      [
        "error: <folder>/attributary.yaml:2:5: sources.0.access_token is missing",
        "  → add access_token: text",
        "also <folder>/attributary.yaml:3:41: sources.1.api_key is empty",
        "  → give it a value, or remove the key",
        "",
      ].join("\n"),
    );
  });
});

describe("a source that cannot be used stops the refresh with exit code 3, in words", () => {
  test("an empty drop folder", async () => {
    const ran = await refreshOf({});
    expect(ran.code).toBe(3);
    expect(toldBy(ran)).toBe(
      [
        "drop opening: failed: this folder is empty",
        "error: source drop, folder <folder>/drop: this folder is empty",
        "  → put <entity>.csv, .ndjson or .parquet there; the entities are partners, accounts, pipeline_stages, deals, deal_stages, deal_partners, registrations, leads, touches, certifications, activities, overlaps, customers, invoices, payments, refunds, fx_rates, targets, payouts, overrides, annotations",
        "",
      ].join("\n"),
    );
  });

  test("required columns that are missing, all of every file at once, and no word of the optional ones", async () => {
    const ran = await refreshOf({
      files: {
        "deals.csv": "id,Created At,stat\nd1,2026-08-01,won\n",
        "partners.csv": "id,nmae\np1,Acme\n",
        "registrations.ndjson": '{"id":"r1"}\n',
      },
    });
    expect(ran.code).toBe(3);
    expect(toldBy(ran)).toBe(
      [
        'drop deals: failed: the required columns "state" and "created_at" are missing; it has id, Created At, stat',
        'drop partners: failed: the required column "name" is missing; it has id, nmae',
        'drop registrations: failed: the required columns "partner_id", "submitted_at", and "status" are missing; it has id',
        'error: source drop, file deals.csv: the required columns "state" and "created_at" are missing; it has id, Created At, stat',
        '  → name the columns so, or say what they are called: columns: { deals: { state: "stat", created_at: "Created At" } } at this source',
        'also source drop, file partners.csv: the required column "name" is missing; it has id, nmae',
        '  → name the column so, or say what it is called: columns: { partners: { name: "nmae" } } at this source',
        'also source drop, file registrations.ndjson: the required columns "partner_id", "submitted_at", and "status" are missing; it has id',
        '  → name the columns so, or say what they are called: columns: { registrations: { partner_id: "Its Name There", submitted_at: "Its Name There", status: "Its Name There" } } at this source',
        "",
      ].join("\n"),
    );
  });

  test("a Parquet file that is none", async () => {
    const ran = await refreshOf({ files: { "deals.parquet": "PAR1 and then nothing of the kind" } });
    expect(ran.code).toBe(3);
    expect(toldBy(ran)).toBe(
      [
        "drop deals: failed: it is not a whole Parquet file",
        "error: source drop, file deals.parquet: it is not a whole Parquet file",
        "  → export or copy it again; text belongs into a file that ends in .csv or .ndjson",
        "",
      ].join("\n"),
    );
  });

  test("credentials that a vendor refuses, which are not shown", async () => {
    const sandbox = await startSandbox({ company: createCompany({ seed: 3, now: testNow, size: 20 }) });
    onTestFinished(() => sandbox.close());
    const ran = await refreshOf({
      env: { HS_TOKEN: "sesame-open", SF_ID: sandbox.salesforce.clientId, SF_SECRET: "sesame-shut" },
      sources: [
        { name: "hs", kind: "hubspot", access_token: "${HS_TOKEN}", base_url: sandbox.hubspot.url },
        {
          name: "sf",
          kind: "salesforce",
          login_url: sandbox.salesforce.url,
          client_id: "${SF_ID}",
          client_secret: "${SF_SECRET}",
        },
        { name: "sf2", kind: "salesforce", instance_url: sandbox.salesforce.url, access_token: "sesame-ajar" },
        { name: "pay", kind: "stripe", api_key: "rk_test_sesame", base_url: sandbox.stripe.url },
      ],
    });
    expect(ran.code).toBe(3);
    const hubspot =
      "401: the token was refused (Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview)";
    const signIn =
      "POST /services/oauth2/token: 400 invalid_client: Salesforce refused the sign-in (invalid client credentials)";
    const session = "401: the credentials were refused (Session expired or invalid)";
    const stripe = "401: the key was refused (Invalid API Key provided: [secret])";
    // Of streams that ask at the same time any may be the first to hear it.
    const told = toldBy(ran).replaceAll(/^(hs|pay) [\w.]+: failed: GET \S+:/gm, "$1 <first>: failed: GET <path>:");
    expect(told).toBe(
      [
        `hs <first>: failed: GET <path>: ${hubspot}`,
        "hs: 6 streams more failed the same way, 4 wait for one that failed",
        `pay <first>: failed: GET <path>: ${stripe}`,
        "pay: 4 streams more failed the same way, 3 wait for one that failed",
        `sf describe: failed: ${signIn}`,
        `sf2 describe: failed: GET /sobjects/Account/describe: ${session}`,
        "sf2: 9 streams wait for one that failed",
        "sf: 9 streams wait for one that failed",
        `error: source hs, stream account: GET /account-info/v3/details: ${hubspot}`,
        "  → give hs a valid access_token, a service key or the token of a private app; what was refused is the value of HS_TOKEN",
        "  (the same at source hs, 6 times)",
        `also source sf, stream sign_in: ${signIn}`,
        "  → check login_url (the My Domain address), client_id and client_secret of sf, and that the connected app allows the client-credentials flow and names a user to run as; what was refused is the value of SF_ID and of SF_SECRET",
        `also source sf2, stream describe: GET /sobjects/Account/describe: ${session}`,
        "  → give sf2 a new access_token, or login_url, client_id and client_secret, with which it signs in itself",
        `also source pay, stream customers: GET /v1/customers: ${stripe}`,
        "  → give pay a restricted key with read access to Customers, Invoices, PaymentIntents, Charges and Refunds, Disputes and Events",
        "  (the same at source pay, 4 times)",
        "",
      ].join("\n"),
    );
    expect(ran.stderr).not.toContain("sesame");
  });

  test("a host that nobody answers at", async () => {
    const port = await deadPort();
    const address = `http://127.0.0.1:${port}`;
    const bench = await openBench({
      sources: [{ name: "crm", kind: "salesforce", instance_url: address, access_token: "secret_words" }],
    });
    const { message, exitCode } = await errorOf(bench.run(1));
    const found = `the connection to ${address} failed (ECONNREFUSED), 7 times in a row`;
    expect(exitCode).toBe(3);
    expect(message).toBe(
      [
        `source crm, stream describe: GET /sobjects/Account/describe: ${found}`,
        "  → nothing answers on this machine: if it is the sandbox, start it with `attributary sandbox`, which serves it where its configuration says; else check the source's base_url",
      ].join("\n"),
    );
    const lines = bench.shown().split("\n");
    expect(lines).toContain(`crm describe: failed: GET /sobjects/Account/describe: ${found}`);
    expect(lines).toContain("crm: 9 streams wait for one that failed");
    expect(bench.shown()).not.toContain("secret_words");
  });
});

describe("bad rows are left out with file and line, and the rest goes on", () => {
  /** Drops by name, each with something else amiss; all of them are read by one refresh. */
  const drops: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    cell: {
      "partners.csv": 'id,name,agreed_on\np1,"Acme\nand Sons",2026-01-05\np2,Beta,soon\n',
      "registrations.csv":
        "id,partner_id,submitted_at,decided_at,status\nr1,p1,2026-01-01,2026-01-02,approved\nr2,p9,2026-01-01,2026-01-02,approved\n",
    },
    early: {
      "deals.csv":
        "id,state,created_at,closed_on\nd1,won,0001-01-01,2026-01-01\nd2,won,1899-12-31T10:00:00Z,1899-12-31\nd3,won,1900-01-01,1900-01-01\n",
    },
    fields: { "partners.csv": "id,name,tier\np1,Acme,Gold\np2,Beta,Gold,extra\np3,Cove\n" },
    tax: {
      "customers.csv": "id,name\nc1,Cove\n",
      "invoices.csv": "id,customer_id,issued_at,currency,total,tax\ni1,c1,2026-08-25,USD,1,1000000000\n",
      "payments.csv": "id,invoice_id,paid_at,amount,currency\npy1,i1,2026-08-26,1000000000,USD\n",
    },
    large: {
      "partners.csv": "id,name\np1,Acme\n",
      "deals.csv": ["d1", "d2"].reduce(
        (lines, id) => `${lines}${id},won,90000000000000,USD,2026-08-01,2026-08-20,p1\n`,
        "id,state,amount,currency,created_at,closed_on,partner_id\n",
      ),
    },
  };

  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "attributary-bad-"));
    for (const [name, files] of Object.entries(drops)) {
      await mkdir(path.join(folder, name));
      for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, name, file), text);
    }
    const sources = Object.keys(drops).map((name) => ({ name, kind: "files", path: name }));
    await writeFile(path.join(folder, "attributary.yaml"), stringify({ home: "home", sources }));
    const ran = await runCommand(folder, ["refresh", "--as-of", "2026-09-30"]);
    expect(ran.code, ran.stderr).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const query = async (sql: string): Promise<unknown> =>
    JSON.parse((await runCommand(folder, ["query", sql, "--json"])).stdout);
  /** The keys of a table's rows that come from one drop. */
  const keysOf = (drop: string, table: string, key: string): Promise<unknown> =>
    query(`select ${key} from ${table} where ${key} like '${drop}:%' order by ${key}`);
  const badCellsOf = (drop: string): Promise<unknown> =>
    query(
      `select message from quality.issue where check_id = 'bad_cell' and entity_key like '${drop}:%' order by message`,
    );

  test("a bad cell and a reference to nobody", async () => {
    expect(await keysOf("cell", "marts.dim_partner", "partner_key")).toEqual([{ partner_key: "cell:p1" }]);
    expect(await keysOf("cell", "marts.fct_registration", "registration_key")).toEqual([
      { registration_key: "cell:r1" },
    ]);
    expect(
      await query(
        "select check_id, entity_key, message, fix from quality.issue where severity = 'error' and entity_key like 'cell:%' order by check_id",
      ),
    ).toEqual([
      {
        check_id: "bad_cell",
        entity_key: "cell:p2",
        message:
          'agreed_on is "soon", which is not a date such as 2026-03-01 (partners.csv, line 4); the row is left out',
        fix: "correct the cell in the source, or map its value with `values:` in the config",
      },
      {
        check_id: "unknown_reference",
        entity_key: "cell:r2",
        message:
          'partner_id names the partner "cell:p9", which no source has (registrations.csv, line 3); the row is left out',
        fix: "load the partner, or correct the reference (another source's row is written source:id)",
      },
    ]);
  });

  test("a date before 1900, which would begin every series of months there", async () => {
    expect(await keysOf("early", "marts.fct_deal", "deal_key")).toEqual([{ deal_key: "early:d3" }]);
    expect(await badCellsOf("early")).toEqual([
      { message: 'closed_on is "1899-12-31", which is before 1900 (deals.csv, line 3); the row is left out' },
      { message: 'created_at is "0001-01-01", which is before 1900 (deals.csv, line 2); the row is left out' },
      {
        message: 'created_at is "1899-12-31T10:00:00Z", which is before 1900 (deals.csv, line 3); the row is left out',
      },
    ]);
  });

  test("a line with too many or too few fields", async () => {
    expect(await keysOf("fields", "marts.dim_partner", "partner_key")).toEqual([{ partner_key: "fields:p1" }]);
    expect(await badCellsOf("fields")).toEqual([
      { message: "2 fields where the header has 3 (partners.csv, line 4); the row is left out" },
      { message: "4 fields where the header has 3 (partners.csv, line 3); the row is left out" },
    ]);
  });

  test("an invoice whose tax dwarfs its total collects nothing, and is listed", async () => {
    expect(await query("select cash_key, collected_minor from marts.fct_cash")).toEqual([
      { cash_key: "tax:py1", collected_minor: 0 },
    ]);
    expect(await query("select entity_key from quality.issue where check_id = 'collected_too_large'")).toEqual([
      { entity_key: "tax:py1" },
    ]);
  });

  test("amounts in the trillions still have a concentration", async () => {
    expect(
      await query(
        "select value::double as value from metrics.value where metric = 'partner_hhi' and period = '2026-Q3'",
      ),
    ).toEqual([{ value: 1 }]);
    expect(await keysOf("large", "marts.fct_deal", "deal_key")).toEqual([
      { deal_key: "large:d1" },
      { deal_key: "large:d2" },
    ]);
  });
});
