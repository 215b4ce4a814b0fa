import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { connectClients, generous, smallCompany, withSandbox } from "./open-sandbox.ts";

const company = smallCompany();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ company, limits: generous });
});
afterAll(() => sandbox.close());

type Body = Record<string, never> & {
  readonly message: string;
  readonly results: readonly { readonly id: string }[];
  readonly paging?: { readonly next: { readonly after: string } };
};

async function call(path: string, body?: object, token = sandbox.hubspot.token, url = sandbox.hubspot.url) {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

const ids = (count: number) => Array.from({ length: count }, (_, place) => ({ id: String(place + 1) }));

describe("the HubSpot of the sandbox", () => {
  test("refuses a wrong token", async () => {
    const answer = await call("/crm/v3/objects/deals", undefined, "pat-wrong");
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ status: "error", category: "INVALID_AUTHENTICATION" });
  });

  test.each<[string, string, object | undefined, RegExp]>([
    ["more than 100 records on a page", "/crm/v3/objects/deals?limit=101", undefined, /100/],
    ["more than 50 with histories", "/crm/v3/objects/deals?limit=51&propertiesWithHistory=dealstage", undefined, /50/],
    ["an object it does not know", "/crm/v3/objects/spaceships", undefined, /Unable to infer object type/],
    ["a batch of more than 100", "/crm/v3/objects/deals/batch/read", { inputs: ids(101) }, /100/],
    [
      "a batch of more than 50 with histories",
      "/crm/v3/objects/deals/batch/read",
      { inputs: ids(51), propertiesWithHistory: ["dealstage"] },
      /property histories is 50/,
    ],
    [
      "associations of more than 1,000",
      "/crm/v4/associations/deals/companies/batch/read",
      { inputs: ids(1001) },
      /1000/,
    ],
    ["more than 200 results of a search", "/crm/v3/objects/deals/search", { limit: 201 }, /200/],
    ["results of a search beyond 10,000", "/crm/v3/objects/deals/search", { limit: 100, after: "9901" }, /10000/],
    [
      "an operator that it does not know",
      "/crm/v3/objects/deals/search",
      { filterGroups: [{ filters: [{ propertyName: "amount", operator: "AROUND", value: "1" }] }] },
      /AROUND/,
    ],
    [
      "a filter on a property that it does not know",
      "/crm/v3/objects/deals/search",
      { filterGroups: [{ filters: [{ propertyName: "amuont", operator: "EQ", value: "1" }] }] },
      /"amuont" does not exist/,
    ],
    [
      "sorting by a property that it does not know",
      "/crm/v3/objects/deals/search",
      { sorts: ["closedat"] },
      /"closedat" does not exist/,
    ],
  ])("refuses %s", async (_, path, body, message) => {
    const answer = await call(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toMatch(message);
  });

  test("answers for deals without a company with errors beside the results", async () => {
    const { deals, deal_partners } = company.rows.hubspot;
    const helped = new Set(deal_partners.map((row) => row.deal_id));
    const living = deals.filter((deal) => deal.merged_into_id === "");
    const lonely = living.find((deal) => deal.account_id === "" && !helped.has(deal.id))!;
    const other = living.find((deal) => deal.account_id !== "")!;
    const inputs = [{ id: lonely.id }, { id: other.id }];
    const answer = await call("/crm/v4/associations/deals/companies/batch/read", { inputs });
    expect(answer.status).toBe(207);
    expect(answer.body).toMatchObject({
      numErrors: 1,
      errors: [{ category: "OBJECT_NOT_FOUND", context: { fromObjectId: [lonely.id] } }],
    });
    expect(answer.body.results.length).toBe(1);
  });

  test("hands out many associations of one deal in parts", async () => {
    await withSandbox({ company, limits: { hubspot: { associationsPerRecord: 1 } } }, async (small) => {
      const deal = company.rows.hubspot.deal_partners[0]!;
      const path = "/crm/v4/associations/deals/companies/batch/read";
      const { token, url } = small.hubspot;
      const first = await call(path, { inputs: [{ id: deal.deal_id }] }, token, url);
      expect(first.body.results[0]).toMatchObject({ from: { id: deal.deal_id }, paging: { next: { after: "1" } } });
      const second = await call(path, { inputs: [{ id: deal.deal_id, after: "1" }] }, token, url);
      expect(second.body.results[0]).toMatchObject({ from: { id: deal.deal_id } });
      expect(second.body.results[0]).not.toEqual(first.body.results[0]);
    });
  });

  test("passes over properties that it does not know in silence", async () => {
    const answer = await call("/crm/v3/objects/deals?limit=1&properties=dealname,no_such_property");
    expect(answer.body.results[0]).toMatchObject({ properties: { dealname: expect.any(String) } });
    expect(JSON.stringify(answer.body.results)).not.toContain("no_such_property");
  });

  test("pages through every deal once, in the order of ids", async () => {
    const seen: string[] = [];
    let after = "";
    do {
      const answer = await call(`/crm/v3/objects/deals?limit=7${after === "" ? "" : `&after=${after}`}`);
      seen.push(...answer.body.results.map((one) => one.id));
      after = answer.body.paging?.next.after ?? "";
    } while (after !== "");
    const expected = company.rows.hubspot.deals.filter((row) => row.merged_into_id === "").map((row) => row.id);
    expect(seen).toEqual(expected.sort());
  });

  test("answers the same under the paths of 2026-09", async () => {
    for (const [old, dated] of [
      ["/crm/v3/objects/companies?limit=3", "/crm/objects/2026-09/companies?limit=3"],
      ["/crm/v3/properties/deals", "/crm/properties/2026-09/deals"],
      ["/crm/v3/pipelines/deals", "/crm/pipelines/2026-09/deals"],
      ["/crm/v3/owners", "/crm/owners/2026-09"],
      ["/crm/v4/associations/deals/companies/labels", "/crm/associations/2026-09/deals/companies/labels"],
      ["/account-info/v3/details", "/account-info/2026-09/details"],
      ["/settings/v3/currencies/exchange-rates", "/settings/currencies/2026-09/exchange-rates"],
    ] as const) {
      const [first, second] = [await call(old), await call(dated)];
      expect([dated, second.status]).toEqual([dated, 200]);
      expect(second.body.results).toEqual(first.body.results);
    }
  });

  test("finds by search what was modified in a window, oldest first", async () => {
    const { hubspot } = await connectClients(sandbox);
    const window = { from: "2026-06-01T00:00:00.000Z", to: "2026-06-30T23:59:59.999Z" };
    const found = await hubspot.crm.deals.searchApi.doSearch({
      filterGroups: [
        {
          filters: [
            {
              propertyName: "hs_lastmodifieddate",
              operator: "BETWEEN" as never,
              value: String(Date.parse(window.from)),
              highValue: String(Date.parse(window.to)),
            },
          ],
        },
      ],
      sorts: ["hs_lastmodifieddate"],
      properties: ["hs_lastmodifieddate"],
      limit: 200,
    });
    const stamps = found.results.map((deal) => deal.properties.hs_lastmodifieddate!);
    expect(stamps.length).toBe(found.total);
    expect(stamps.length).toBeGreaterThan(3);
    expect(stamps).toEqual([...stamps].sort());
    expect(stamps[0]! >= window.from && stamps.at(-1)! <= window.to).toBe(true);
  });

  test("leads from a merged deal to its survivor", async () => {
    const merged = company.rows.hubspot.deals.find((deal) => deal.merged_into_id !== "")!;
    const answer = await call(`/crm/v3/objects/deals/${merged.id}`);
    expect(answer.body).toMatchObject({ id: merged.merged_into_id });
  });

  test("takes 190 requests in ten seconds, and more when time has passed", async () => {
    let now = 0;
    await withSandbox({ company, clock: () => now }, async ({ hubspot: { url, token } }) => {
      const ask = () => call("/account-info/v3/details", undefined, token, url);
      const first = await Promise.all(Array.from({ length: 190 }, ask));
      expect(first.every((answer) => answer.status === 200)).toBe(true);
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(refused.body).toMatchObject({ policyName: "TEN_SECONDLY_ROLLING", errorType: "RATE_LIMIT" });
      expect(refused.headers.get("x-hubspot-ratelimit-max")).toBe("190");
      now = 9_999;
      expect((await ask()).status).toBe(429);
      now = 10_000;
      expect((await ask()).status).toBe(200);
    });
  });

  test("takes five searches in a second beside all other requests", async () => {
    let now = 0;
    await withSandbox({ company, clock: () => now }, async ({ hubspot: { url, token } }) => {
      const search = () => call("/crm/v3/objects/deals/search", { limit: 1 }, token, url);
      for (let count = 0; count < 5; count += 1) expect((await search()).status).toBe(200);
      const refused = await search();
      expect(refused.status).toBe(429);
      expect(refused.body.message).toBe("You have reached your secondly limit.");
      expect((await call("/account-info/v3/details", undefined, token, url)).status).toBe(200);
      now = 1_000;
      expect((await search()).status).toBe(200);
    });
  });
});
