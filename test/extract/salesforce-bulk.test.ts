import { describe, expect, onTestFinished, test } from "vitest";
import { createCompany, type Fault, type Sandbox, type SandboxRequest, startSandbox } from "../../src/sandbox/index.ts";
import { entryOf } from "../support/entry.ts";
import { type Bench, openBench } from "../support/extraction.ts";
import { timelessWorld } from "../support/misbehaving-server.ts";
import { answer, errorOf } from "../support/vendor-server.ts";

const company = createCompany({ seed: 7, now: new Date("2026-09-30T12:00:00Z"), size: 60 });

type Fail = (request: SandboxRequest) => Fault | undefined;

const open = async (fault?: Fail): Promise<Sandbox> => {
  const sandbox = await startSandbox({
    company,
    limits: { salesforce: { day: 1e9, pageRows: 50, bulkRows: 40 } },
    ...(fault === undefined ? {} : { faults: { salesforce: fault } }),
  });
  onTestFinished(() => sandbox.close());
  return sandbox;
};

const mapping = { deals: { columns: { owner: "Owner.Name" } } };

// The sandbox's limits are out of reach here.
const transport = Object.freeze({ ...timelessWorld(), pace: 100 });

const benchOf = async (sandbox: Sandbox, more: object = {}): Promise<Bench> => {
  const bench = await openBench({ sources: [{ ...entryOf(sandbox, "salesforce"), mapping, ...more }] });
  return { ...bench, run: (day, options) => bench.run(day, { transport, ...options }) };
};

/** Every record of a log as it stands. */
const latest = (bench: Bench) =>
  bench.rows(
    "select stream, id, arg_max(op, seq) as op, arg_max(payload, seq) as payload, arg_max(source_updated_at, seq) as at from raw.record group by stream, id order by stream, id",
  );

let rest: ReturnType<typeof latest> | undefined;

/** What REST gives of the company as it is, read once for all tests. */
const byRest = (): ReturnType<typeof latest> => {
  rest ??= open().then(async (sandbox) => {
    const bench = await benchOf(sandbox);
    await bench.run(1);
    return latest(bench);
  });
  return rest;
};

const jobsOf = (sandbox: Sandbox): number => sandbox.requests()["salesforce POST /services/data/v64.0/jobs/query"] ?? 0;

const isResult = (request: SandboxRequest): boolean => request.path.endsWith("/results");

test("an org read by jobs stands in the log in the words that REST has for it", async () => {
  const created: string[] = [];
  const sandbox = await open((request) => {
    if (request.method === "POST" && request.path.endsWith("/jobs/query")) created.push(request.body);
    return undefined;
  });
  const { edits } = sandbox.salesforce;
  const [deal = "", other = ""] = company.rows.salesforce.deals.map((row) => row.id);
  edits.set(
    "Opportunity",
    deal,
    { Name: 'A "quoted" name, with a comma\nand; a line', OwnerId: null },
    "2026-09-29T00:00:00Z",
  );
  edits.set("Opportunity", other, { Name: " ü \r\n=1+1 ", Amount: 0.1 }, "2026-09-29T00:00:00Z");
  const [pages, bulk] = [await benchOf(sandbox), await benchOf(sandbox, { bulk_from: 0 })];
  await pages.run(1);
  expect(jobsOf(sandbox)).toBe(0);
  const reports = await bulk.run(1);
  expect(await latest(bulk)).toEqual(await latest(pages));
  // Seven objects came by a job; stages and currencies are refused, and come by REST.
  expect(created.length).toBe(9);
  expect(reports.find((report) => report.stream === "OpportunityStage")?.rows).toBeGreaterThan(0);
  // The other way round nothing changes, and no job is left behind.
  const { config } = bulk;
  await pages.run(2, { config, full: true });
  expect(created.length).toBe(18);
  expect(await pages.rows("select count(*) as n from raw.record where run_id = 'run-2'")).toEqual([{ n: 0 }]);
  expect(await jobsLeft(sandbox)).toEqual([]);
});

/** The jobs that the org has, as its list says. */
async function jobsLeft(sandbox: Sandbox): Promise<readonly { readonly id: string; readonly object: string }[]> {
  const listed = await (await signIn(sandbox))("GET", "v64.0/jobs/query");
  return ((await listed.json()) as { records: { id: string; object: string }[] }).records;
}

/** Signs in as someone else, and sends requests. */
async function signIn(sandbox: Sandbox) {
  const { url, clientId, clientSecret } = sandbox.salesforce;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const signed = await fetch(`${url}/services/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  const { access_token: token } = (await signed.json()) as { access_token: string };
  return (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${url}/services/data/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

test("only an object with as many rows as configured is read by a job", async () => {
  const sandbox = await open();
  const bench = await benchOf(sandbox, { bulk_from: 130 });
  await bench.run(1);
  const large = await bench.rows<{ stream: string }>(
    "select stream from raw.record where stream <> 'describe' group by stream having count(*) >= 130",
  );
  expect(large.length).toBeGreaterThan(0);
  expect(jobsOf(sandbox)).toBe(large.length);
});

describe("a job", () => {
  test("is taken up where a reading broke off, and its rows are neither lost nor doubled", async () => {
    let left = 2;
    const sandbox = await open((request) => {
      if (!isResult(request)) return undefined;
      left -= 1;
      return left < 0 ? { reply: answer([{ errorCode: "SORRY", message: "sorry" }], 403) } : undefined;
    });
    const bench = await benchOf(sandbox, { bulk_from: 0 });
    await errorOf(bench.run(1));
    const before = jobsOf(sandbox);
    const waiting = (await jobsLeft(sandbox)).length;
    expect(waiting).toBeGreaterThan(0);
    left = Number.POSITIVE_INFINITY;
    await bench.run(1, { runId: "again" });
    // Only those that had come to their end would have been started anew; objects that are refused ask each time.
    expect(jobsOf(sandbox) - before).toBeLessThanOrEqual(9 - waiting);
    expect(await jobsLeft(sandbox)).toEqual([]);
    expect(await latest(bench)).toEqual(await byRest());
    const [doubled] = await bench.rows("select count(*) - count(distinct (stream, id)) as n from raw.record");
    expect(doubled).toEqual({ n: 0 });
  });

  test("that someone deleted meanwhile is started anew, and one that is gone again and again is told", async () => {
    let lost = 1;
    const gone = { reply: answer([{ errorCode: "NOT_FOUND", message: "The requested resource does not exist" }], 404) };
    const sandbox = await open((request) => {
      if (!isResult(request)) return undefined;
      lost -= 1;
      return lost >= 0 ? gone : undefined;
    });
    const bench = await benchOf(sandbox, { bulk_from: 0 });
    await bench.run(1);
    expect(await latest(bench)).toEqual(await byRest());
    lost = Number.POSITIVE_INFINITY;
    const error = await errorOf(bench.run(2, { full: true }));
    expect([error.exitCode, error.message]).toEqual([
      3,
      expect.stringMatching(/no longer has the bulk job 750\w{15} /),
    ]);
  });

  test.each([
    ["Aborted", undefined, "was aborted in Salesforce before it ended", "Bulk Data Load Jobs"],
    ["Failed", "QUERY_TIMEOUT: too long", "failed in Salesforce (QUERY_TIMEOUT: too long)", "raise bulk_from"],
  ])("that ends as %s is told, and the next reading starts another", async (state, errorMessage, found, fix) => {
    let isBad = true;
    const sandbox = await open((request) =>
      isBad && request.method === "GET" && /\/jobs\/query\/\w+$/.test(request.path)
        ? { alter: (reply) => ({ ...reply, body: JSON.stringify({ ...JSON.parse(reply.body), state, errorMessage }) }) }
        : undefined,
    );
    const bench = await benchOf(sandbox, { bulk_from: 0 });
    const error = await errorOf(bench.run(1));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(found);
    expect(error.message).toContain(fix);
    isBad = false;
    await bench.run(1, { runId: "again" });
    expect(await jobsLeft(sandbox)).toEqual([]);
  });

  test("whose result has fewer rows than it processed is not believed", async () => {
    const sandbox = await open((request) =>
      request.method === "GET" && /\/jobs\/query\/\w+$/.test(request.path)
        ? { alter: (reply) => ({ ...reply, body: reply.body.replace(/(Processed":)(\d+)/, "$199") }) }
        : undefined,
    );
    const error = await errorOf((await benchOf(sandbox, { bulk_from: 0 })).run(1));
    expect(error.message).toMatch(/Salesforce announced 99 rows and gave \d+/);
  });

  test("whose result comes cut, doubled or without its count is asked again", async () => {
    const ways: ((body: string) => string)[] = [
      (body) => body.slice(0, -5),
      (body) => body.slice(0, body.length / 2),
      (body) => body + body,
      () => "<html>busy</html>",
    ];
    const sandbox = await open((request) => {
      const way = isResult(request) ? ways.pop() : undefined;
      return way === undefined ? undefined : { alter: (reply) => ({ ...reply, body: way(reply.body) }) };
    });
    const bench = await benchOf(sandbox, { bulk_from: 0 });
    await bench.run(1);
    expect(ways).toEqual([]);
    expect(await latest(bench)).toEqual(await byRest());
  });
});

describe("the Bulk API of the sandbox", () => {
  test("writes every value in quotes, moments with Z, and goes on behind a locator", async () => {
    const sandbox = await open();
    const send = await signIn(sandbox);
    const query = "select Id, NextStep, CreatedDate, IsWon from Opportunity";
    const created = await send("POST", "v64.0/jobs/query", { operation: "query", query, lineEnding: "CRLF" });
    const { id, state } = (await created.json()) as { id: string; state: string };
    expect([created.status, state]).toEqual([200, "UploadComplete"]);
    expect((await send("GET", `v64.0/jobs/query/${id}/results`)).status).toBe(400);
    const states: string[] = [];
    for (let look = 0; look < 3; look += 1) {
      states.push(((await (await send("GET", `v64.0/jobs/query/${id}`)).json()) as { state: string }).state);
    }
    expect(states).toEqual(["UploadComplete", "InProgress", "JobComplete"]);
    const first = await send("GET", `v64.0/jobs/query/${id}/results?maxRecords=3`);
    const lines = (await first.text()).split("\r\n");
    expect(lines.length).toBe(5);
    expect(lines[0]).toBe('"Id","NextStep","CreatedDate","IsWon"');
    expect(lines[1]).toMatch(/^"006\w{15}","[^"]*","\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z","(true|false)"$/);
    expect([first.headers.get("sforce-numberofrecords"), first.headers.get("content-encoding")]).toEqual(["3", "gzip"]);
    const last = await send("GET", `v64.0/jobs/query/${id}/results?locator=${btoa("10")}`);
    expect(last.headers.get("sforce-locator")).toBe("null");
    expect((await send("GET", `v64.0/jobs/query/${id}/results?locator=nonsense`)).status).toBe(400);
    expect((await send("GET", `v65.0/jobs/query/${id}/results`)).status).toBe(409);
    expect((await send("DELETE", `v64.0/jobs/query/${id}`)).status).toBe(204);
    expect((await send("GET", `v64.0/jobs/query/${id}`)).status).toBe(404);
    const stages = await send("POST", "v64.0/jobs/query", {
      operation: "query",
      query: "select Id from OpportunityStage",
    });
    expect(await stages.json()).toEqual([expect.objectContaining({ errorCode: "INVALIDENTITY" })]);
  });
});
