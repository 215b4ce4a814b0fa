import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { connectClients, generous, smallCompany, withSandbox } from "./open-sandbox.ts";

const company = smallCompany();
let sandbox: Sandbox;
let token: string;

async function signIn(of: Sandbox, secret = of.salesforce.clientSecret) {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: of.salesforce.clientId,
    client_secret: secret,
  });
  const response = await fetch(`${of.salesforce.url}/services/oauth2/token`, { method: "POST", body: form });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function get(path: string, of = sandbox, bearer = token, headers: Record<string, string> = {}) {
  const response = await fetch(`${of.salesforce.url}/services/data/v65.0${path}`, {
    headers: { authorization: `Bearer ${bearer}`, ...headers },
  });
  const body = (await response.json()) as Record<string, never> & {
    readonly totalSize: number;
    readonly done: boolean;
    readonly nextRecordsUrl: string;
    readonly records: readonly Record<string, unknown>[];
  };
  return { status: response.status, headers: response.headers, body };
}

const soql = (text: string) => `/query?q=${encodeURIComponent(text)}`;

beforeAll(async () => {
  sandbox = await startSandbox({ company, limits: generous });
  token = (await signIn(sandbox)).body.access_token!;
});
afterAll(() => sandbox.close());

describe("the Salesforce of the sandbox", () => {
  test("signs in by client credentials and refuses a wrong secret", async () => {
    expect((await signIn(sandbox)).status).toBe(200);
    const refused = await signIn(sandbox, "wrong");
    expect([refused.status, refused.body.error]).toEqual([400, "invalid_client"]);
  });

  test("ends a token after two hours", async () => {
    let now = 0;
    await withSandbox({ company, clock: () => now }, async (timed) => {
      const bearer = (await signIn(timed)).body.access_token!;
      now = 7_199_999;
      expect((await get("/limits", timed, bearer)).status).toBe(200);
      now = 7_200_000;
      const refused = await get("/limits", timed, bearer);
      expect([refused.status, refused.body]).toEqual([
        401,
        [{ message: "Session expired or invalid", errorCode: "INVALID_SESSION_ID" }],
      ]);
    });
  });

  test.each([
    ["a query it cannot read", "SELECT Id FRM Account", "MALFORMED_QUERY"],
    ["a query with an end too early", "SELECT Id FROM Account WHERE", "MALFORMED_QUERY"],
    ["a quote that is not closed", "SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY"],
    ["a field that is not there", "SELECT Id, IsPartner FROM Account", "INVALID_FIELD"],
    ["a field that is not there in a condition", "SELECT Id FROM Account WHERE Nope__c = 1", "INVALID_FIELD"],
    ["a relationship that is not there", "SELECT Boss.Name FROM Account", "INVALID_FIELD"],
    ["an object that is not there", "SELECT Id FROM Spaceship", "INVALID_TYPE"],
  ])("refuses %s", async (_, text, code) => {
    const answer = await get(soql(text));
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject([{ errorCode: code }]);
  });

  test("understands conditions, orders and limits", async () => {
    const rows = company.rows.salesforce.deals.filter((deal) => deal.state === "won" && deal.currency !== "USD");
    const won = await get(
      soql(
        "SELECT Id, Amount FROM Opportunity WHERE (IsWon = true AND NOT CurrencyIsoCode = 'USD') AND " +
          "StageName IN ('Closed Won', 'Nonsense') AND CreatedDate >= 2020-01-01T00:00:00Z ORDER BY Amount DESC, Id",
      ),
    );
    expect(won.body.records.map((record) => record.Id).sort()).toEqual(rows.map((row) => row.id).sort());
    const amounts = won.body.records.map((record) => Number(record.Amount));
    expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
    const limited = await get(soql("SELECT Id FROM Account ORDER BY Id LIMIT 2 OFFSET 1"));
    expect(limited.body.records.length).toBe(2);
    const counted = await get(soql("SELECT count() FROM Opportunity WHERE Name LIKE '% - renewal' AND Amount != null"));
    const renewals = company.rows.salesforce.deals.filter(
      (deal) => deal.order_type === "renewal" && deal.amount !== "",
    );
    expect([counted.body.totalSize, counted.body.records]).toEqual([renewals.length, []]);
  });

  test("reaches through relationships", async () => {
    const { body } = await get(
      soql("SELECT Id, Account.Name, Owner.Name FROM Opportunity WHERE AccountId != null LIMIT 1"),
    );
    const deal = company.rows.salesforce.deals.find((row) => row.id === body.records[0]!.Id)!;
    const account = company.rows.salesforce.accounts.find((row) => row.id === deal.account_id)!;
    expect(body.records[0]).toMatchObject({ Account: { Name: account.name }, Owner: { Name: deal.owner } });
  });

  test("shows deleted records to queryAll only", async () => {
    const text = encodeURIComponent("SELECT Id FROM Opportunity");
    const living = await get(`/query?q=${text}`);
    const everything = await get(`/queryAll?q=${text}`);
    const deleted = company.archived.salesforce.length;
    expect(deleted).toBeGreaterThan(0);
    expect(everything.body.totalSize - living.body.totalSize).toBe(deleted);
  });

  test("pages by locators of the size that is asked for", async () => {
    const seen: unknown[] = [];
    const headers = { "sforce-query-options": "batchSize=200" };
    let page = await get(soql("SELECT Id FROM OpportunityHistory"), sandbox, token, headers);
    expect(page.body.records.length).toBe(200);
    seen.push(...page.body.records.map((record) => record.Id));
    while (!page.body.done) {
      page = await get(page.body.nextRecordsUrl.replace("/services/data/v65.0", ""), sandbox, token, headers);
      seen.push(...page.body.records.map((record) => record.Id));
    }
    expect(new Set(seen).size).toBe(page.body.totalSize);
    expect(seen.length).toBe(page.body.totalSize);
    const stale = await get("/query/01gQY0000000000MA0-2000");
    expect(stale.body).toMatchObject([{ errorCode: "INVALID_QUERY_LOCATOR" }]);
  });

  test("describes its objects and lets the official client describe them", async () => {
    const { salesforce } = await connectClients(sandbox);
    const described = await salesforce.describe("Opportunity");
    const lookup = described.fields.find((field) => field.name === "Sourcing_Partner__c");
    expect(lookup).toMatchObject({ type: "reference", referenceTo: ["Account"], custom: true });
    const all = await salesforce.describeGlobal();
    expect(all.sobjects.map((object) => object.name)).toContain("OpportunityPartner");
    await expect(salesforce.describe("Spaceship")).rejects.toThrow(/does not exist/);
  });

  test("counts requests, says so, and ends the day when they are used up", async () => {
    await withSandbox({ company, limits: { salesforce: { day: 2 } }, clock: () => 0 }, async (small) => {
      const bearer = (await signIn(small)).body.access_token!;
      const first = await get("/limits", small, bearer);
      expect(first.headers.get("sforce-limit-info")).toBe("api-usage=1/2");
      expect(first.body).toMatchObject({ DailyApiRequests: { Max: 2, Remaining: 1 } });
      await get("/limits", small, bearer);
      const refused = await get("/limits", small, bearer);
      expect(refused.status).toBe(403);
      expect(refused.body).toMatchObject([{ errorCode: "REQUEST_LIMIT_EXCEEDED" }]);
    });
  });
});
