import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { connectClients, generous, smallCompany, withSandbox } from "./open-sandbox.ts";

const company = smallCompany();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ company, limits: generous });
});
afterAll(() => sandbox.close());

type Body = {
  readonly error: { readonly message: string; readonly code?: string; readonly param?: string };
  readonly data: readonly Record<string, unknown>[];
  readonly has_more: boolean;
};

async function get(path: string, of = sandbox, key = of.stripe.key) {
  const response = await fetch(`${of.stripe.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

describe("the Stripe of the sandbox", () => {
  test("refuses a wrong key without repeating it", async () => {
    const answer = await get("/v1/invoices", sandbox, "rk_test_something_secret");
    expect(answer.status).toBe(401);
    expect(answer.body.error.message).toMatch(/^Invalid API Key provided: rk_test_\*{4}cret$/);
  });

  test.each([
    ["a parameter that it does not know", "/v1/invoices?paid=true", "parameter_unknown", "paid"],
    ["a filter on the time of payment", "/v1/invoices?paid_at[gte]=1", "parameter_unknown", "paid_at"],
    ["a bound that it does not know", "/v1/invoices?created[after]=1", "parameter_unknown", "created[after]"],
    ["more than 100 on a page", "/v1/invoices?limit=101", "parameter_invalid_integer", "limit"],
    ["a cursor that is not there", "/v1/invoices?starting_after=in_nothing", "resource_missing", "starting_after"],
    ["a property that cannot be expanded", "/v1/invoices?expand[]=data.charge", undefined, "expand"],
    ["a status that it does not know", "/v1/invoices?status=overdue", undefined, "status"],
  ])("refuses %s", async (_, path, code, param) => {
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect([answer.body.error.code, answer.body.error.param]).toEqual([code, param]);
  });

  test("refuses more than twenty types of events", async () => {
    const types = Array.from({ length: 21 }, (_, place) => `types[]=t${place}`).join("&");
    expect((await get(`/v1/events?${types}`)).status).toBe(400);
  });

  test("does not know an object that is not there", async () => {
    const answer = await get("/v1/invoices/in_nothing");
    expect([answer.status, answer.body.error.code]).toEqual([404, "resource_missing"]);
  });

  test("shows invoices in the shape of its newest version", async () => {
    const { stripe } = await connectClients(sandbox);
    const plain = await stripe.invoices.list({ limit: 1 });
    const invoice = plain.data[0]!;
    for (const gone of ["paid", "charge", "payment_intent", "subscription", "tax", "discount", "paid_out_of_band"]) {
      expect(invoice).not.toHaveProperty(gone);
    }
    expect(invoice).not.toHaveProperty("payments");
    expect(invoice.parent?.subscription_details?.subscription).toMatch(/^sub_/);
    const expanded = await stripe.invoices.list({ limit: 100, status: "paid", expand: ["data.payments"] });
    expect(expanded.data.every((one) => one.status === "paid" && one.payments!.data.length > 0)).toBe(true);
    expect(expanded.lastResponse.headers["stripe-version"]).toBe("2026-10-28.endive");
  });

  test("shows the first ten lines of an invoice and the rest on demand", async () => {
    const { stripe } = await connectClients(sandbox);
    let long: Stripe.Invoice | undefined;
    for await (const invoice of stripe.invoices.list({ limit: 100 })) {
      if (invoice.lines.has_more) long = invoice;
    }
    expect(long!.lines.data.length).toBe(10);
    const all = await stripe.invoices.listLineItems(long!.id, { limit: 100 });
    expect(all.data.length).toBeGreaterThan(10);
    expect(all.data.slice(0, 10).map((line) => line.id)).toEqual(long!.lines.data.map((line) => line.id));
  });

  test("pages both ways and by windows of time, each invoice once, newest first", async () => {
    const { stripe } = await connectClients(sandbox);
    const all: Stripe.Invoice[] = [];
    for await (const invoice of stripe.invoices.list({ limit: 100 })) all.push(invoice);
    expect(new Set(all.map((one) => one.id)).size).toBe(company.rows.stripe.invoices.length);
    const created = all.map((one) => one.created);
    expect(created).toEqual([...created].sort((a, b) => b - a));
    const back = await stripe.invoices.list({ limit: 5, ending_before: all[20]!.id });
    expect(back.data.map((one) => one.id)).toEqual(all.slice(15, 20).map((one) => one.id));
    const edge = all[300]!.created;
    const older = await get(`/v1/invoices?limit=100&created[lt]=${edge}`);
    const newer = await stripe.invoices.list({ limit: 100, created: { gte: edge } });
    expect(older.body.data.every((one) => Number(one.created) < edge)).toBe(true);
    expect(newer.data.every((one) => one.created >= edge)).toBe(true);
  });

  test("keeps events for thirty days", async () => {
    const { body } = await get("/v1/events?limit=100&types[]=invoice.paid&types[]=refund.created");
    const oldest = Math.floor(company.now / 1000) - 30 * 86_400;
    expect(body.data.length).toBeGreaterThan(0);
    expect(body.data.every((event) => Number(event.created) >= oldest)).toBe(true);
    expect(new Set(body.data.map((event) => event.type))).not.toContain("customer.created");
  });

  test("takes 25 reads a second of one endpoint, which the official client does not repeat", async () => {
    let now = 0;
    await withSandbox({ company, clock: () => now }, async (limited) => {
      const { stripe } = await connectClients(limited);
      for (let count = 0; count < 25; count += 1) await stripe.refunds.list({ limit: 1 });
      await expect(stripe.refunds.list({ limit: 1 })).rejects.toThrow(Stripe.errors.StripeRateLimitError);
      const refused = await get("/v1/refunds?limit=1", limited);
      expect([refused.status, refused.headers.get("stripe-rate-limited-reason")]).toEqual([429, "endpoint-rate"]);
      expect((await get("/v1/disputes?limit=1", limited)).status).toBe(200);
      now = 1_000;
      expect((await get("/v1/refunds?limit=1", limited)).status).toBe(200);
    });
  });
});
