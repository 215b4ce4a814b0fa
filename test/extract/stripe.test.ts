import { describe, expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { createStripeClient } from "../../src/extract/stripe/client.ts";
import { deletedCustomerStream } from "../../src/extract/stripe/customers.ts";
import { probeStripe } from "../../src/extract/stripe/index.ts";
import { tellRest, untouched } from "../../src/extract/stripe/touched.ts";
import {
  createCompany,
  type Fault,
  type SandboxLimits,
  type SandboxRequest,
  startSandbox,
} from "../../src/sandbox/index.ts";
import { openStripe } from "../../src/sandbox/stripe-records.ts";
import { openBench } from "../support/extraction.ts";
import { timelessWorld } from "../support/misbehaving-server.ts";
import { answer, errorOf, playVendor } from "../support/vendor-server.ts";

const company = createCompany({ seed: 7, now: new Date("2026-09-30T12:00:00Z"), size: 200 });

const open = async (
  options: {
    readonly limits?: SandboxLimits["stripe"];
    readonly fault?: (request: SandboxRequest) => Fault | undefined;
  } = {},
) => {
  const sandbox = await startSandbox({
    company,
    limits: { stripe: { perSecond: 1e9, perEndpoint: 1e9, ...options.limits } },
    ...(options.fault === undefined ? {} : { faults: { stripe: options.fault } }),
  });
  onTestFinished(() => sandbox.close());
  const entry = { name: "stripe", kind: "stripe", api_key: sandbox.stripe.key, base_url: sandbox.stripe.url };
  return { sandbox, entry, bench: await openBench({ sources: [entry] }) };
};

/** A Stripe account of a few records that a test writes itself; every list it does not name is empty. */
const play = async (lists: Readonly<Record<string, (request: SandboxRequest) => object>>, prefix = "") => {
  const vendor = await playVendor((request) => {
    const list = lists[request.path.slice(prefix.length)];
    if (list === undefined) return answer({ object: "list", has_more: false, data: [] });
    const value = list(request);
    return "status" in value && "body" in value ? (value as { status: number; body: string }) : answer(value);
  });
  const bench = await openBench({
    sources: [{ name: "stripe", kind: "stripe", api_key: "sk_test", base_url: `${vendor.url}${prefix}` }],
  });
  return { vendor, bench };
};

const listOf = (data: readonly object[], has_more = false) => ({ object: "list", has_more, data });

describe("an account", () => {
  test("is read whole: invoices of every status, all lines and payments of long ones, refunds, disputes", async () => {
    const { bench } = await open();
    await bench.run(1);
    const { lists, linesOf } = openStripe(company);
    for (const stream of ["customers", "invoices", "refunds", "disputes"] as const) {
      const rows = await bench.rows(`select count(*) as n from raw.record where stream = '${stream}'`);
      expect([stream, rows]).toEqual([stream, [{ n: lists[stream].length }]]);
    }
    const lines = lists.invoices.flatMap((invoice) => linesOf(invoice.id));
    const [found] = await bench.rows<{ n: number }>(
      `select count(distinct line) as n from (
          select unnest(payload -> '$.lines.data[*].id')::varchar as line from raw.record where stream = 'invoices'
          union all
          select to_json(id)::varchar from raw.record where stream = 'invoice_lines'
      )`,
    );
    expect(found?.n).toBe(lines.length);
    expect(await bench.rows("select count(*) > 0 as found from raw.record where stream = 'invoice_lines'")).toEqual([
      { found: true },
    ]);
    expect(
      (
        await bench.rows<{ status: string }>(
          "select distinct payload ->> '$.status' as status from raw.record where stream = 'invoices' order by status",
        )
      ).map((row) => row.status),
    ).toEqual([...new Set(lists.invoices.map((invoice) => String(invoice.status)))].sort());
  });

  test("that is read again without a change adds nothing to the log", async () => {
    const { bench } = await open();
    await bench.run(1);
    const reports = await bench.run(2);
    expect(reports.every((report) => report.changed === 0)).toBe(true);
  });

  test("behind a proxy with a path of its own is found there", async () => {
    const { bench, vendor } = await play({}, "/proxy/stripe");
    await bench.run(1);
    expect(vendor.asked.every((request) => request.path.startsWith("/proxy/stripe/v1/"))).toBe(true);
  });

  test("hears one version of the API and no telemetry", async () => {
    const { bench, vendor } = await play({});
    await bench.run(1);
    expect(new Set(vendor.asked.map((request) => request.headers["stripe-version"]))).toEqual(
      new Set(["2026-10-28.endive"]),
    );
    expect(vendor.asked.some((request) => "x-stripe-client-telemetry" in request.headers)).toBe(false);
  });

  test("keeps decimals as Stripe wrote them", async () => {
    const { bench } = await play({
      "/v1/invoices": () => ({
        status: 200,
        body: '{"object":"list","has_more":false,"data":[{"id":"in_1","created":1,"total":9007199254740993,"unit_amount_decimal":"0.10"}]}',
      }),
    });
    await bench.run(1);
    expect(await bench.rows("select payload from raw.record where stream = 'invoices'")).toEqual([
      { payload: '{"id":"in_1","created":1,"total":9007199254740993,"unit_amount_decimal":"0.10"}' },
    ]);
  });

  test("gives the payments of an invoice that did not fit into it", async () => {
    const { bench, vendor } = await play({
      "/v1/invoices": () =>
        listOf([
          {
            id: "in_1",
            created: 1,
            lines: { has_more: false, data: [] },
            payments: { has_more: true, data: [{ id: "inpay_1" }] },
          },
        ]),
      "/v1/invoice_payments": (request) =>
        request.query.get("starting_after") === "inpay_1"
          ? listOf([{ id: "inpay_2" }], true)
          : listOf([{ id: "inpay_3" }]),
    });
    await bench.run(1);
    expect(await bench.rows("select id from raw.record where stream = 'invoice_payments' order by id")).toEqual([
      { id: "inpay_2" },
      { id: "inpay_3" },
    ]);
    expect(
      vendor.asked
        .filter((request) => request.path === "/v1/invoice_payments")
        .map((request) => request.query.get("invoice")),
    ).toEqual(["in_1", "in_1"]);
  });

  test("has its deleted customers retrieved once each, also one that the log knew before (R110)", async () => {
    let customers = [{ id: "cus_a", created: 1, name: "Known" }];
    const { bench, vendor } = await play({
      "/v1/invoices": () =>
        listOf([
          { id: "in_2", created: 2, customer: "cus_b" },
          { id: "in_1", created: 1, customer: "cus_a" },
        ]),
      "/v1/customers": () => listOf(customers),
      "/v1/customers/cus_b": () => ({ id: "cus_b", object: "customer", deleted: true }),
      "/v1/customers/cus_a": () => ({ id: "cus_a", object: "customer", deleted: true }),
    });
    await bench.run(1);
    await bench.run(2);
    const retrieved = () =>
      vendor.asked.filter((request) => /^\/v1\/customers\/./.test(request.path)).map((request) => request.path);
    expect(retrieved()).toEqual(["/v1/customers/cus_b"]);
    customers = [];
    await bench.run(3);
    // Its invoice did not change, and yet it is asked for now, once.
    await bench.run(4);
    expect(retrieved()).toEqual(["/v1/customers/cus_b", "/v1/customers/cus_a"]);
    expect(
      await bench.rows(
        "select op, payload ->> '$.name' as name from raw.record where stream = 'customers' and id = 'cus_a' order by seq",
      ),
    ).toEqual([
      { op: "upsert", name: "Known" },
      { op: "delete", name: "Known" },
    ]);
  });
});

test("a deleted customer is retrieved as soon as an invoice names it, while others are still read", async () => {
  const touched = untouched();
  const source = { name: "stripe", kind: "stripe", api_key: "sk_test", base_url: "http://127.0.0.1:9" };
  const config = parseConfig(JSON.stringify({ sources: [source] }), "attributary.yaml", {});
  const [stripe] = config.sources.filter((one) => one.kind === "stripe");
  const client = createStripeClient(stripe!, timelessWorld());
  const invoices = Promise.withResolvers<void>();
  const pages = deletedCustomerStream(client, touched).pages({
    startedAt: new Date("2026-09-30T12:00:00Z"),
    cursor: null,
    resume: null,
    request: async ({ label }) => ({ status: 200, headers: {}, body: label, json: null }),
    held: async () => 0,
    landed: async function* ({ stream }) {
      if (stream === "customers") yield [["cus_a"]];
    },
    ended: (stream) => (stream === "invoices" ? invoices.promise : Promise.resolve()),
    expect: () => undefined,
  });
  const first = pages.next();
  tellRest(touched, [
    { id: "in_1", customer: "cus_a", more: new Map() },
    { id: "in_2", customer: "cus_b", more: new Map() },
    { id: "in_3", customer: "cus_b", more: new Map() },
  ]);
  expect((await first).value).toEqual({ body: "GET /v1/customers/cus_b" });
  invoices.resolve();
  expect(await pages.next()).toMatchObject({ done: true, value: { isComplete: true, cursor: { pages: 1 } } });
});

test("a deleted customer is retrieved by a later run when the one that read its invoice could not", async () => {
  let isDown = true;
  const invoices = [{ id: "in_1", created: 1 }];
  const { bench, vendor } = await play({
    "/v1/invoices": () => listOf(invoices),
    "/v1/customers/cus_b": () => (isDown ? answer({}, 403) : { id: "cus_b", object: "customer", deleted: true }),
  });
  await bench.run(1);
  invoices.unshift({ id: "in_2", created: 2, ...{ customer: "cus_b" } });
  await errorOf(bench.run(2));
  isDown = false;
  await bench.run(3);
  await bench.run(4);
  expect(vendor.asked.filter((request) => request.path === "/v1/customers/cus_b")).toHaveLength(2);
  expect(await bench.rows("select id from raw.record where stream = 'deleted_customers'")).toEqual([{ id: "cus_b" }]);
});

describe("trouble", () => {
  test("a draft that is deleted while pages are read is no loss: the list goes on at its second", async () => {
    const all = [5, 4, 3, 3, 2].map((created, index) => ({ id: `in_${index + 1}`, created }));
    let isDeleted = false;
    const { bench } = await play({
      "/v1/invoices": (request) => {
        const after = request.query.get("starting_after");
        if (after === "in_2" && !isDeleted) {
          isDeleted = true;
          return answer(
            { error: { code: "resource_missing", param: "starting_after", message: "No such invoice: 'in_2'" } },
            400,
          );
        }
        const newest = Number(request.query.get("created[lte]") ?? 99);
        const list = all.filter((item) => item.created <= newest && !(isDeleted && item.id === "in_2"));
        const start = after === null ? 0 : list.findIndex((item) => item.id === after) + 1;
        return listOf(list.slice(start, start + 2), start + 2 < list.length);
      },
    });
    await bench.run(1);
    expect(await bench.rows("select distinct id from raw.record where stream = 'invoices' order by id")).toEqual(
      ["in_1", "in_2", "in_3", "in_4", "in_5"].map((id) => ({ id })),
    );
  });

  test("a pass that broke off goes on at the second of the last record it landed", async () => {
    let isBroken = true;
    const windows: (string | null)[] = [];
    const { bench } = await play({
      "/v1/invoices": (request) => {
        windows.push(request.query.get("created[lte]"));
        if (request.query.get("starting_after") === null && windows.length === 1)
          return listOf([{ id: "in_2", created: 20 }], true);
        if (isBroken) return answer({ error: { message: "sorry" } }, 404);
        return listOf([{ id: "in_1", created: 10 }]);
      },
    });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("GET /v1/invoices: 404 (sorry)");
    isBroken = false;
    await bench.run(1, { runId: "again" });
    expect(windows.at(-1)).toBe("20");
    expect(await bench.rows("select id, op from raw.record where stream = 'invoices' order by id")).toEqual([
      { id: "in_1", op: "upsert" },
      { id: "in_2", op: "upsert" },
    ]);
  });

  /** A long list over three years, two records a second now and then, newest first. */
  const history = Array.from({ length: 30_000 }, (_, index) => ({
    id: `in_${String(index).padStart(5, "0")}`,
    created: Date.UTC(2026, 0, 1) / 1000 - Math.floor(index / 2) * 6000,
  }));
  const places = new Map(history.map(({ id }, place) => [id, place]));
  const serveHistory = (request: SandboxRequest) => {
    const after = request.query.get("starting_after");
    const newest = Number(request.query.get("created[lte]") ?? Number.POSITIVE_INFINITY);
    const oldest = Number(request.query.get("created[gte]") ?? 0);
    const start = after === null ? 0 : (places.get(after) ?? 0) + 1;
    const list = history.slice(start).filter((item) => item.created <= newest && item.created >= oldest);
    return listOf(list.slice(0, 100), list.length > 100);
  };

  test("a long list is read in stretches of time side by side, at little more than its number of pages", async () => {
    const { bench, vendor } = await play({ "/v1/invoices": serveHistory });
    const reports = await bench.run(1);
    expect(
      await bench.rows("select count(*) as n, count(distinct id) as ids from raw.record where stream = 'invoices'"),
    ).toEqual([{ n: 30_000, ids: 30_000 }]);
    const asked = vendor.asked.filter((request) => request.path === "/v1/invoices");
    expect(asked.some((request) => request.query.has("created[gte]"))).toBe(true);
    // Three hundred pages hold them all; of each sixty-four one may be cut in two, and one look may go too far back.
    expect(asked.length).toBeLessThanOrEqual(306);
    // It is shared out long before a quarter of it was read in one chain.
    expect(asked.findIndex((request) => request.query.has("created[lte]"))).toBeLessThan(20);
    expect(reports.find((report) => report.stream === "invoices")?.retries).toBe(0);
  });

  test("a long list that broke off goes on with the stretches that had not landed, and takes nothing for gone", async () => {
    let left = 150;
    const { bench, vendor } = await play({
      "/v1/invoices": (request) => {
        left -= 1;
        return left < 0 ? answer({ error: { message: "sorry" } }, 404) : serveHistory(request);
      },
    });
    await errorOf(bench.run(1));
    const [landed] = await bench.rows<{ n: number }>("select count(*) as n from raw.record where stream = 'invoices'");
    expect(landed?.n).toBeGreaterThan(10_000);
    left = Number.POSITIVE_INFINITY;
    const before = vendor.asked.length;
    await bench.run(1, { runId: "again" });
    expect(await bench.rows("select op, count(*) as n from raw.record where stream = 'invoices' group by op")).toEqual([
      { op: "upsert", n: 30_000 },
    ]);
    expect(vendor.asked.slice(before).filter((request) => request.path === "/v1/invoices").length).toBeLessThan(200);
  });

  test("a rate limit is waited for", async () => {
    let left = 2;
    const { bench } = await open({
      fault: (request) => {
        if (request.path !== "/v1/refunds" || left === 0) return undefined;
        left -= 1;
        return { reply: answer({ error: { message: "Too many requests" } }, 429, { "retry-after": "1" }) };
      },
    });
    const reports = await bench.run(1);
    expect(reports.find((report) => report.stream === "refunds")).toMatchObject({
      status: "done",
      requests: 3,
      retries: 2,
    });
  });

  test("a connection that breaks is tried again by the transport and not by the SDK", async () => {
    let left = 1;
    const { bench } = await open({
      fault: (request) => {
        if (request.path !== "/v1/refunds" || left === 0) return undefined;
        left -= 1;
        return { isDropped: true };
      },
    });
    const reports = await bench.run(1);
    expect(reports.find((report) => report.stream === "refunds")).toMatchObject({ requests: 2, retries: 1 });
  });

  test("a key that may not read is told what it needs, and never shown", async () => {
    const { bench, entry } = await open({
      fault: () => ({ reply: answer({ error: { message: "The provided key 'rk_test' does not have access" } }, 403) }),
    });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("restricted key with read access to");
    expect(`${error.message}${bench.shown()}`).not.toContain(entry.api_key);
  });

  test("an answer that is not Stripe's is a failure of the source, not an empty account", async () => {
    const { bench } = await play({ "/v1/invoices": () => ({ hello: "world" }) });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("an answer that is not the vendor's own");
    expect(error.exitCode).toBe(3);
  });
});

test("the probe tells whether invoices may be read and in which mode", async () => {
  const { entry } = await open();
  const world = { ...timelessWorld(), now: () => company.now };
  const probe = await probeStripe({ ...entry, kind: "stripe", mapping: {} }, world);
  expect(probe).toEqual({
    source: "stripe",
    found: ["Stripe account, invoices in live mode, API version 2026-10-28.endive", "the clocks agree"],
  });
});
