import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";

const opened = { created_at: "2026-03-01T00:00:00Z", state: "open" };

let built: Built;
beforeAll(async () => {
  built = await buildKept(
    {},
    {
      only: [
        "staging.account_customer",
        "staging.account_domain",
        "staging.account_record",
        "staging.deal_record",
        "staging.stg_accounts",
        "staging.stg_customers",
        "staging.stg_deal_stages",
        "staging.stg_deals",
        "staging.stg_overlaps",
        "staging.stg_partners",
        "staging.stg_touches",
        "merge_cycle",
        "unknown_reference",
      ],
      sources: [
        { name: "crm", kind: "files", path: "." },
        { name: "second", kind: "files", path: "." },
        { name: "billing", kind: "stripe", api_key: "sk_test_x" },
      ],
      drops: {
        crm: {
          partners: [
            { id: "p10", name: "Ten", tier: "gold" },
            { id: "p2", name: "Two" },
          ],
          accounts: [
            {
              id: "a1",
              name: "Last of three",
              merged_into_id: "a2",
              domain: "old.example",
              customer_ids: "billing:cus_1;",
            },
            { id: "a2", name: "Middle", merged_into_id: "a3" },
            { id: "a3", name: "Survivor", domain: "www.Acme.example", customer_ids: "billing:cus_9" },
            { id: "a4", name: "Stated", domain: "stated.example", same_as: "second:s4" },
            { id: "a5", name: "Free", domain: "gmail.com" },
            { id: "a6", name: "Shared with itself", domain: "twin.example" },
            { id: "a7", name: "Shared with itself, too", domain: "twin.example" },
            { id: "both", name: "In both" },
            { id: "only", name: "Only here" },
          ],
          deals: [
            { id: "d1", merged_into_id: "d2", account_id: "a1", amount: "1", currency: "USD", ...opened },
            { id: "d2", merged_into_id: "d3", account_id: "a1", amount: "2", currency: "USD", ...opened },
            { id: "d3", account_id: "a1", amount: "3", currency: "USD", partner_id: "second:q2", ...opened },
            { id: "c1", merged_into_id: "c3", ...opened },
            { id: "c2", merged_into_id: "c1", ...opened },
            { id: "c3", merged_into_id: "c2", ...opened },
            { id: "astray", merged_into_id: "c2", ...opened },
            { id: "lone", merged_into_id: "nowhere", ...opened },
          ],
          deal_stages: [
            { deal_id: "d1", stage: "Old", entered_at: "2026-03-01" },
            { deal_id: "d3", stage: "Own", entered_at: "2026-03-02" },
          ],
          touches: [
            { id: "t1", partner_id: "p2", deal_id: "d1", kind: "call", occurred_at: "2026-03-02" },
            { id: "t2", partner_id: "second:q2", account_id: "second:s4", kind: "call", occurred_at: "2026-03-02" },
          ],
          overlaps: [
            { partner_id: "p2", account_id: "a2", kind: "customer", identified_on: "2026-03-02" },
            { partner_id: "second:q2", account_id: "a3", kind: "customer", identified_on: "2026-02-02" },
          ],
        },
        second: {
          partners: [
            { id: "q2", name: "Two elsewhere", tier: "silver", region: "EMEA", same_as: "crm:p2" },
            { id: "q3", name: "Alone", same_as: "crm:nobody", parent_id: "crm:p10" },
          ],
          accounts: [
            { id: "s3", name: "Acme", domain: "acme.example", region: "EMEA" },
            { id: "s4", name: "Another name", domain: "other.example" },
            { id: "s4b", name: "Not joined, same_as wins", domain: "stated.example" },
            { id: "s5", name: "Free too", domain: "gmail.com" },
            { id: "s6", name: "Twin", domain: "twin.example" },
            { id: "both", name: "In both as well" },
          ],
        },
      },
      records: ["both", "only", "crm:a3", "none"].map((account, index) => ({
        source: "billing",
        stream: "customers",
        id: `cus_${index + 1}`,
        seenAt: new Date("2026-01-01T00:00:00Z"),
        runId: "test",
        operation: "upsert" as const,
        reason: null,
        sourceUpdatedAt: null,
        payload: JSON.stringify({
          id: `cus_${index + 1}`,
          object: "customer",
          created: 1767225600,
          email: "jo@www.acme.example",
          name: "Acme",
          metadata: { account_id: account },
        }),
      })),
    },
  );
}, 60_000);
afterAll(() => built.close());

const accountOf = (record: string): Promise<unknown> =>
  built.cell(`select account_key from staging.account_record where record_key = '${record}'`);
const dealOf = (record: string): Promise<unknown> =>
  built.cell(`select deal_key from staging.deal_record where record_key = '${record}'`);
const listed = (check: string): Promise<string[]> =>
  built
    .rows<{ key: string }>(`select entity_key as key from quality.issue where check_id = '${check}' order by all`)
    .then((rows) => rows.map((row) => row.key));

describe("merged records (R21)", () => {
  test("lead to the survivor at any depth", async () => {
    expect(await dealOf("crm:d1")).toBe("crm:d3");
    expect(await accountOf("crm:a1")).toBe("crm:a3");
  });

  test("the survivor's own columns stand, amounts are not added, and only it is a deal", async () => {
    expect(
      await built.rows(
        "select deal_key, amount_minor, account_key from staging.stg_deals where deal_key like 'crm:d%'",
      ),
    ).toEqual([{ deal_key: "crm:d3", amount_minor: 300, account_key: "crm:a3" }]);
  });

  test("what names a merged deal belongs to the survivor, its stage history does not", async () => {
    expect(await built.cell("select deal_key from staging.stg_touches where touch_key = 'crm:t1'")).toBe("crm:d3");
    expect(await built.rows("select deal_key, stage from staging.stg_deal_stages")).toEqual([
      { deal_key: "crm:d3", stage: "Own" },
    ]);
  });

  test("domains and customers of a merged account are the survivor's", async () => {
    expect(
      await built.rows("select domain from staging.account_domain where account_key = 'crm:a3' order by all"),
    ).toEqual([{ domain: "acme.example" }, { domain: "old.example" }]);
    expect(await built.rows("select account_key, customer_key from staging.account_customer")).toEqual([
      { account_key: "crm:a3", customer_key: "billing:cus_1" },
    ]);
  });

  test("a circle leaves its smallest key, also for what leads into it, and is listed", async () => {
    expect(await Promise.all(["crm:c1", "crm:c2", "crm:c3", "crm:astray"].map(dealOf))).toEqual([
      "crm:c1",
      "crm:c1",
      "crm:c1",
      "crm:c1",
    ]);
    expect(await listed("merge_cycle")).toEqual(["crm:c1", "crm:c2", "crm:c3"]);
  });

  test("an unknown survivor leaves the row standing, and is listed", async () => {
    expect(await dealOf("crm:lone")).toBe("crm:lone");
    expect(await listed("unknown_reference")).toContain("crm:lone");
  });
});

describe("one partner in several systems (R35b)", () => {
  test("has the key and columns of the first source, and what it lacks from the others", async () => {
    expect(
      await built.rows("select partner_key, name, tier, region, parent_key from staging.stg_partners order by all"),
    ).toEqual([
      { partner_key: "crm:p10", name: "Ten", tier: "gold", region: null, parent_key: null },
      { partner_key: "crm:p2", name: "Two", tier: "silver", region: "EMEA", parent_key: null },
      { partner_key: "second:q3", name: "Alone", tier: null, region: null, parent_key: "crm:p10" },
    ]);
  });

  test("is meant by a reference to any of its records", async () => {
    expect(await built.cell("select partner_key from staging.stg_deals where deal_key = 'crm:d3'")).toBe("crm:p2");
    expect(await built.cell("select partner_key from staging.stg_touches where touch_key = 'crm:t2'")).toBe("crm:p2");
    expect(await built.rows("select partner_key, account_key, identified_on from staging.stg_overlaps")).toEqual([
      { partner_key: "crm:p2", account_key: "crm:a3", identified_on: "2026-02-02" },
    ]);
  });

  test("a same_as that names nobody is listed", async () => {
    expect(await listed("unknown_reference")).toContain("second:q3");
  });
});

describe("one account in several sources (R115)", () => {
  test("is joined by its domain and keyed by the first source; empty columns are filled", async () => {
    expect(await accountOf("second:s3")).toBe("crm:a3");
    expect(await built.rows("select name, region from staging.stg_accounts where account_key = 'crm:a3'")).toEqual([
      { name: "Survivor", region: "EMEA" },
    ]);
  });

  test("same_as joins where domains do not, and wins over them", async () => {
    expect(await accountOf("second:s4")).toBe("crm:a4");
    expect(await accountOf("second:s4b")).toBe("second:s4b");
    expect(await built.cell("select account_key from staging.stg_touches where touch_key = 'crm:t2'")).toBe("crm:a4");
  });

  test("free-mail domains never join (R59)", async () => {
    expect(await accountOf("second:s5")).toBe("second:s5");
  });

  test("of two accounts of one source with one domain the smallest key is joined, the other stays itself", async () => {
    expect(await accountOf("second:s6")).toBe("crm:a6");
    expect(await accountOf("crm:a7")).toBe("crm:a7");
  });
});

describe("an id in a billing system's metadata (R109)", () => {
  const account = (customer: string): Promise<unknown> =>
    built.cell(`select account_key from staging.stg_customers where customer_key = 'billing:${customer}'`);

  test("without a source counts when exactly one source has it", async () => {
    expect(await account("cus_2")).toBe("crm:only");
    expect(await account("cus_1")).toBeNull();
    expect(await account("cus_4")).toBeNull();
  });

  test("with a source is taken at its word", async () => {
    expect(await account("cus_3")).toBe("crm:a3");
  });

  test("found nowhere or twice is listed", async () => {
    expect(await listed("unknown_reference")).toEqual(expect.arrayContaining(["billing:cus_1", "billing:cus_4"]));
  });

  test("a customer without a domain has its e-mail's (R59)", async () => {
    expect(await built.cell("select domain from staging.stg_customers where customer_key = 'billing:cus_1'")).toBe(
      "acme.example",
    );
  });
});
