import { describe, expect, onTestFinished, test } from "vitest";
import { probeSalesforce } from "../../src/extract/salesforce/index.ts";
import {
  createCompany,
  type Fault,
  type SandboxLimits,
  type SandboxRequest,
  startSandbox,
} from "../../src/sandbox/index.ts";
import { openOrg } from "../../src/sandbox/salesforce-records.ts";
import { openBench } from "../support/extraction.ts";
import { timelessWorld } from "../support/misbehaving-server.ts";
import { answer, errorOf } from "../support/vendor-server.ts";

const company = createCompany({ seed: 7, now: new Date("2026-09-30T12:00:00Z"), size: 200 });

const open = async (
  options: {
    readonly limits?: SandboxLimits["salesforce"];
    readonly fault?: (request: SandboxRequest) => Fault | undefined;
    readonly clock?: () => number;
    readonly source?: object;
  } = {},
) => {
  const sandbox = await startSandbox({
    company,
    limits: { salesforce: options.limits ?? {} },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.fault === undefined ? {} : { faults: { salesforce: options.fault } }),
  });
  onTestFinished(() => sandbox.close());
  const entry = {
    name: "salesforce",
    kind: "salesforce",
    login_url: sandbox.salesforce.url,
    client_id: sandbox.salesforce.clientId,
    client_secret: sandbox.salesforce.clientSecret,
    ...options.source,
  };
  return { sandbox, entry, bench: await openBench({ sources: [entry] }) };
};

const objects = [
  "Account",
  "Opportunity",
  "OpportunityHistory",
  "OpportunityPartner",
  "OpportunityStage",
  "CurrencyType",
  "DatedConversionRate",
  "User",
  "Organization",
];

const queriesOf = (asked: readonly SandboxRequest[]) => asked.flatMap((request) => request.query.get("q") ?? []);

describe("an org", () => {
  test("is read whole, deleted rows too, page after page", async () => {
    const { bench } = await open({ limits: { pageRows: 200 } });
    await bench.run(1);
    const org = openOrg(company);
    for (const object of objects) {
      const records = org.get(object)?.records ?? [];
      const [found] = await bench.rows<{ rows: number; deleted: number }>(
        `select count(*) as rows, count(*) filter (where op = 'delete') as deleted from raw.record where stream = '${object}'`,
      );
      expect([object, found]).toEqual([
        object,
        { rows: records.length, deleted: records.filter((record) => record.IsDeleted === true).length },
      ]);
    }
    expect(org.get("OpportunityHistory")?.records.length).toBeGreaterThan(200);
  });

  test("is asked only for fields that it has", async () => {
    const asked: SandboxRequest[] = [];
    const { bench } = await open({
      fault: (request) => {
        asked.push(request);
        return undefined;
      },
    });
    await bench.run(1);
    const account = queriesOf(asked).find((soql) => soql.endsWith("from Account"));
    expect(account).toContain("Website");
    expect(account).not.toContain("IsPartner");
    expect(asked.every((request) => !request.path.includes("/jobs/"))).toBe(true);
    // Each listing tells how many rows it has, so nothing more is asked to hold the log against it.
    expect(queriesOf(asked).filter((soql) => /count\(\)/i.test(soql))).toEqual([]);
    const counted = await bench.rows<{ stream: string; held: number; counted: number }>(
      "select stream, held, counted from raw.stream_count where held <> counted or held > 0 order by stream",
    );
    expect(counted.map(({ stream }) => stream)).toEqual(
      expect.arrayContaining(["Account", "Opportunity", "OpportunityHistory", "OpportunityPartner", "User"]),
    );
    expect(counted.filter(({ held, counted: told }) => held !== told)).toEqual([]);
  });

  test("without multi-currency gives no currencies and is no failure", async () => {
    const { bench } = await open({
      fault: (request) =>
        /(CurrencyType|DatedConversionRate)\/describe$/.test(request.path)
          ? { reply: answer([{ errorCode: "NOT_FOUND", message: "The requested resource does not exist" }], 404) }
          : undefined,
    });
    const reports = await bench.run(1);
    expect(reports.filter((report) => report.stream === "CurrencyType").map((report) => report.rows)).toEqual([0]);
  });

  test("gives mapped fields, also through a relationship, and refuses one that it does not have", async () => {
    const { bench } = await open({
      source: { mapping: { deals: { columns: { lost_reason: "Loss_Reason__c", owner: "Owner.Name" } } } },
    });
    await bench.run(1);
    const [row] = await bench.rows<{ owners: number }>(
      "select count(payload ->> '$.Owner.Name') as owners from raw.record where stream = 'Opportunity'",
    );
    expect(row?.owners).toBe(openOrg(company).get("Opportunity")?.records.length);

    const other = await open({ source: { mapping: { deals: { columns: { lost_reason: "Lost_Reason__c" } } } } });
    const error = await errorOf(other.bench.run(1));
    expect(error.message).toContain("Opportunity has no field Lost_Reason__c");
    expect(error.message).toContain("Loss_Reason__c");
  });

  test("whose role vanished without a trace has it logged as gone, with its last payload", async () => {
    let isGone = false;
    const { bench } = await open({
      fault: (request) =>
        isGone && /from OpportunityPartner$/.test(request.query.get("q") ?? "")
          ? { reply: answer({ totalSize: 0, done: true, records: [] }) }
          : undefined,
    });
    await bench.run(1);
    isGone = true;
    await bench.run(2);
    const [row] = await bench.rows<{ gone: number; payloads: number }>(
      "select count(*) as gone, count(payload ->> '$.OpportunityId') as payloads from raw.record where stream = 'OpportunityPartner' and reason = 'gone'",
    );
    expect(row).toEqual({ gone: openOrg(company).get("OpportunityPartner")?.records.length, payloads: row?.gone });
    expect(row?.gone).toBeGreaterThan(0);
  });
});

describe("trouble", () => {
  test("a session that ends is renewed and the request repeated", async () => {
    let now = Date.parse("2026-09-30T12:00:00Z");
    let asked = 0;
    const { bench, sandbox } = await open({
      clock: () => now,
      limits: { tokenSeconds: 60 },
      fault: () => {
        asked += 1;
        if (asked === 12) now += 3_600_000;
        return undefined;
      },
    });
    await bench.run(1);
    expect(sandbox.requests()["salesforce POST /services/oauth2/token"]).toBe(2);
  });

  test("a sign-in that is refused says what to check and keeps the secret to itself", async () => {
    const { bench } = await open({ source: { client_secret: "not-the-secret" } });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("Salesforce refused the sign-in");
    expect(error.message).toContain("client-credentials flow");
    expect(error.exitCode).toBe(3);
    expect(`${error.message}${bench.shown()}`).not.toContain("not-the-secret");
  });

  test("a token of one's own that is refused is not tried again and again", async () => {
    const { bench, sandbox } = await open();
    const own = await openBench({
      sources: [
        { name: "salesforce", kind: "salesforce", instance_url: sandbox.salesforce.url, access_token: "stale-token" },
      ],
    });
    const error = await errorOf(own.run(1));
    expect(error.message).toContain("the credentials were refused");
    expect(error.message).not.toContain("stale-token");
    await bench.run(1);
  });

  test("a day's requests that are used up end the run with words", async () => {
    const { bench } = await open({ limits: { day: 5 } });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("TotalRequests Limit exceeded");
    expect(error.message).toContain("last 24 hours");
  });

  test("of a day's requests the configured share is used and no more, whatever is under way", async () => {
    let asked = 0;
    const { bench } = await open({
      limits: { day: 1000 },
      source: { daily_share: 1 },
      fault: (request) => {
        if (request.path.startsWith("/services/data")) asked += 1;
        return undefined;
      },
    });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("of the 1,000 requests that salesforce has in a day are used");
    expect(asked).toBe(10);
  });

  test("a listing that is shorter than announced is not believed", async () => {
    const { bench } = await open({
      fault: (request) =>
        /from User$/.test(request.query.get("q") ?? "")
          ? { reply: answer({ totalSize: 9, done: true, records: [{ Id: "005", Name: "Ana" }] }) }
          : undefined,
    });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("Salesforce announced 9 rows and gave 1");
  });

  test("a place in the result that Salesforce forgot is no loss: the query is put again", async () => {
    let isBroken = true;
    const places: string[] = [];
    const { bench, sandbox } = await open({
      limits: { pageRows: 200 },
      fault: (request) => {
        if (!request.path.includes("/query/")) return undefined;
        places.push(request.path);
        if (isBroken) return { reply: answer([{ errorCode: "UNKNOWN_EXCEPTION", message: "sorry" }], 400) };
        return places[0] === request.path
          ? { reply: answer([{ errorCode: "INVALID_QUERY_LOCATOR", message: "invalid query locator" }], 400) }
          : undefined;
      },
    });
    await errorOf(bench.run(1));
    isBroken = false;
    await bench.run(1, { runId: "again" });
    const org = openOrg(company);
    const [row] = await bench.rows<{ n: number }>(
      "select count(distinct id) as n from raw.record where stream = 'OpportunityHistory'",
    );
    expect(row?.n).toBe(org.get("OpportunityHistory")?.records.length);
    expect(sandbox.requests()["salesforce POST /services/oauth2/token"]).toBe(2);
  });

  test("a query whose every place is forgotten ends instead of going round", async () => {
    const { bench } = await open({
      limits: { pageRows: 200 },
      fault: (request) =>
        request.path.includes("/query/")
          ? { reply: answer([{ errorCode: "INVALID_QUERY_LOCATOR", message: "invalid query locator" }], 400) }
          : undefined,
    });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("INVALID_QUERY_LOCATOR");
    expect(error.exitCode).toBe(3);
  });
});

test("the probe names the org, its zone, and how much of the day's requests is used", async () => {
  const { entry } = await open();
  const world = { ...timelessWorld(), now: () => company.now };
  const probe = await probeSalesforce({ ...entry, kind: "salesforce", mapping: {} }, world);
  expect(probe.found[0]).toMatch(/^Salesforce org Quillmark \(00D\w+\), zone America\/New_York$/);
  expect(probe.found.slice(1, 4)).toEqual(["the clocks agree", "1 of 100,000 requests of the day used", "API 64.0"]);
  expect(probe.problems).toBeUndefined();
});

describe("an org whose partners are in an object of its own", () => {
  const mapping = {
    partners: { object: "Partner__c", columns: { tier: "Tier__c" } },
    registrations: {
      object: "Deal_Reg__c",
      columns: { partner_id: "Partner__c", submitted_at: "CreatedDate", status: "Status__c" },
    },
  };
  const stamps = ["Id", "Name", "CreatedDate", "SystemModstamp", "IsDeleted"];
  const fieldsOf: Readonly<Record<string, readonly string[]>> = {
    Partner__c: [...stamps, "Tier__c"],
    Deal_Reg__c: [...stamps, "Partner__c", "Status__c"],
  };
  /** Answers for the two objects, which the sandbox does not have. */
  const fault = (request: SandboxRequest): Fault | undefined => {
    const described = /sobjects\/(\w+__c)\/describe$/.exec(request.path)?.[1];
    if (described !== undefined && described in fieldsOf) {
      const fields = (fieldsOf[described] ?? []).map((name) => ({ name, calculated: false }));
      return { reply: answer({ name: described, replicateable: true, fields }) };
    }
    const soql = request.query.get("q") ?? "";
    const object = /from (\w+__c)/i.exec(soql)?.[1];
    if (object === undefined) return undefined;
    if (/count\(\)/i.test(soql)) return { reply: answer({ totalSize: 1, done: true, records: [] }) };
    const record = {
      attributes: { type: object },
      Id: `${object}-1`,
      IsDeleted: false,
      SystemModstamp: "2026-08-01T00:00:00.000+0000",
    };
    return { reply: answer({ totalSize: 1, done: true, records: [{ ...record, asked: soql }] }) };
  };

  test("has it read with the fields that the mapping names", async () => {
    const { bench } = await open({ source: { mapping }, fault });
    await bench.run(1);
    const rows = await bench.rows<{ stream: string; asked: string }>(
      "select stream, payload ->> '$.asked' as asked from raw.record where stream like '%\\_\\_c' escape '\\' order by stream",
    );
    expect(rows.map((row) => row.stream)).toEqual(["Deal_Reg__c", "Partner__c"]);
    expect(rows[0]?.asked).toContain("Partner__c, Status__c from Deal_Reg__c");
    expect(rows[1]?.asked).toContain("Tier__c from Partner__c");
  });

  test("is told when the object is not there, or cannot give what is asked of it", async () => {
    const { bench } = await open({ source: { mapping } });
    const missing = await errorOf(bench.run(1));
    expect([missing.exitCode, missing.found]).toEqual([2, expect.stringContaining("the org has no object Partner__c")]);
    expect(missing.message).toContain("(the same at source salesforce, object Deal_Reg__c)");
    const wrong = await open({ source: { mapping: { deals: { object: "Deal__c" } } } });
    expect((await errorOf(wrong.bench.run(1))).message).toContain("deals always come from Salesforce's own objects");
    const none = await open({ source: { mapping: { registrations: { columns: { status: "Status__c" } } } } });
    expect((await errorOf(none.bench.run(1))).message).toContain(
      "name the object that does, mapping.registrations.object",
    );
  });
});
