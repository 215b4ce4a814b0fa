import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/extract/log.ts";
import { build } from "../../support/build.ts";
import { logged, type Version } from "../../support/vendor-log.ts";

const source = (mapping: object = {}) => [{ name: "hubspot", kind: "hubspot", access_token: "token", mapping }];

const account = logged("hubspot", "account", "4821", {
  portalId: 4821,
  timeZone: "America/New_York",
  companyCurrency: "EUR",
});

const stage = (id: string, label: string, order: number, isClosed: string, probability: string) => ({
  id,
  label,
  displayOrder: order,
  metadata: { isClosed, probability },
});

const pipelines = logged("hubspot", "pipelines", "default", {
  id: "default",
  label: "Sales",
  stages: [
    stage("1001", "Qualified", 0, "false", "0.2"),
    stage("1002", "Won", 1, "true", "1.0"),
    stage("1003", "Lost", 2, "true", "0.0"),
  ],
});

const basics = [account, pipelines];

type Properties = Readonly<Record<string, string | null>>;

const company = (id: string, properties: Properties, version?: Version) =>
  logged(
    "hubspot",
    "companies",
    id,
    { id, properties: { name: `Company ${id}`, ...properties }, createdAt: "2025-01-01T00:00:00Z" },
    version,
  );

const deal = (
  id: string,
  properties: Properties,
  history: Readonly<Record<string, readonly (readonly [value: string, timestamp: string])[]>> = {},
  version?: Version,
) =>
  logged(
    "hubspot",
    "deals",
    id,
    {
      id,
      properties: {
        dealname: `Deal ${id}`,
        pipeline: "default",
        dealstage: "1001",
        createdate: "2026-02-01T10:00:00.000Z",
        ...properties,
      },
      propertiesWithHistory: Object.fromEntries(
        Object.entries(history).map(([name, values]) => [
          name,
          values.map(([value, timestamp]) => ({ value, timestamp })),
        ]),
      ),
      createdAt: "2026-02-01T10:00:00.000Z",
    },
    version,
  );

const plain = { category: "HUBSPOT_DEFINED", typeId: 341, label: null };
const primary = { category: "HUBSPOT_DEFINED", typeId: 5, label: "Primary" };
const own = (label: string) => ({ category: "USER_DEFINED", typeId: 30 + label.length, label });

const associated = (
  dealId: string,
  companies: Readonly<Record<string, readonly object[]>>,
  version?: Version,
): LogRecord =>
  logged(
    "hubspot",
    "associations.deals.companies",
    dealId,
    {
      from: { id: dealId },
      to: Object.entries(companies).map(([id, associationTypes]) => ({ toObjectId: Number(id), associationTypes })),
    },
    version,
  );

describe("deals", () => {
  test("a close date is the day it was in the portal's zone, and only of a closed deal", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          // 03:30 UTC on 1 March is still 28 February in New York.
          deal("1", { dealstage: "1002", closedate: "2026-03-01T03:30:00.000Z", amount: "1000.10" }),
          deal("2", { dealstage: "1001", closedate: "2026-03-01T03:30:00.000Z" }),
        ],
      },
    );
    expect(
      await built.rows("select id, state, closed_on, expected_close_on, amount, currency from input.deals order by id"),
    ).toEqual([
      { id: "1", state: "won", closed_on: "2026-02-28", expected_close_on: null, amount: "1000.10", currency: "EUR" },
      { id: "2", state: "open", closed_on: null, expected_close_on: "2026-02-28", amount: null, currency: "EUR" },
    ]);
  });

  test("a won deal without a close date closed on the day it entered the won stage, in the portal's zone", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          deal(
            "1",
            { dealstage: "1002" },
            {
              dealstage: [
                ["1002", "2026-03-01T03:30:00.000Z"],
                ["1001", "2026-02-01T10:00:00.000Z"],
              ],
            },
          ),
        ],
      },
    );
    expect(await built.cell("select closed_on from input.deals")).toBe("2026-02-28");
  });

  test("the order type is that of the deal type; a portal's own one is new and listed once", async () => {
    const built = await build(
      {},
      {
        sources: source({ deals: { values: { order_type: { Upsell: "expansion" } } } }),
        records: [
          ...basics,
          deal("1", { dealtype: "newbusiness" }),
          deal("2", { dealtype: "existingbusiness" }),
          deal("3", { dealtype: "renewal" }),
          deal("4", { dealtype: "Pilot" }),
          deal("5", { dealtype: "pilot" }),
          deal("6", { dealtype: "upsell" }),
          deal("7", {}),
        ],
      },
    );
    expect(await built.rows("select id, order_type from input.deals order by id")).toEqual([
      { id: "1", order_type: "new" },
      { id: "2", order_type: "expansion" },
      { id: "3", order_type: "renewal" },
      { id: "4", order_type: "new" },
      { id: "5", order_type: "new" },
      { id: "6", order_type: "expansion" },
      { id: "7", order_type: "new" },
    ]);
    expect(
      await built.rows("select lower(entity_key) as entity_key from quality.issue where check_id = 'unknown_value'"),
    ).toEqual([{ entity_key: "hubspot:pilot" }]);
  });

  test("a stage is named by its label; one without a definition by its id, and the deal is open", async () => {
    const built = await build(
      {},
      { sources: source(), records: [...basics, deal("1", { dealstage: "1002" }), deal("2", { dealstage: "9999" })] },
    );
    expect(await built.rows("select id, pipeline, stage, state from input.deals order by id")).toEqual([
      { id: "1", pipeline: "Sales", stage: "Won", state: "won" },
      { id: "2", pipeline: "Sales", stage: "9999", state: "open" },
    ]);
    expect(await built.cell("select entity_key from quality.issue where check_id = 'stage_undefined'")).toBe(
      "hubspot:9999",
    );
  });

  test("the owner is told by name, one who has left too", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          logged(
            "hubspot",
            "owners",
            "7",
            { id: "7", firstName: "Ana", lastName: "Ruiz", archived: true },
            { gone: "archived" },
          ),
          deal("1", { hubspot_owner_id: "7" }),
        ],
      },
    );
    expect(await built.cell("select owner from input.deals")).toBe("Ana Ruiz");
  });

  test("a merged id leads to the survivor although nobody can read it any more", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          deal("30", { hs_merged_object_ids: "10;20" }),
          deal("20", { hs_merged_object_ids: "15" }, {}, { gone: "archived" }),
        ],
      },
    );
    expect(await built.rows("select id, merged_into_id from input.deals order by id")).toEqual([
      { id: "10", merged_into_id: "30" },
      { id: "15", merged_into_id: "30" },
      { id: "20", merged_into_id: "30" },
      { id: "30", merged_into_id: null },
    ]);
    expect(await built.rows("select record_key, deal_key from staging.deal_record order by record_key")).toEqual([
      { record_key: "hubspot:10", deal_key: "hubspot:30" },
      { record_key: "hubspot:15", deal_key: "hubspot:30" },
      { record_key: "hubspot:20", deal_key: "hubspot:30" },
      { record_key: "hubspot:30", deal_key: "hubspot:30" },
    ]);
  });

  test("an archived deal is out", async () => {
    const built = await build(
      {},
      { sources: source(), records: [...basics, deal("1", {}, {}, { gone: "archived" }), deal("2", {})] },
    );
    expect(await built.rows("select id from input.deals")).toEqual([{ id: "2" }]);
  });

  test("a mapped property takes the place of the usual one", async () => {
    const built = await build(
      {},
      {
        sources: source({
          deals: {
            columns: { amount: "net_amount", excluded_as: "junk" },
            values: { excluded_as: { Duplicate: "duplicate" } },
          },
        }),
        records: [...basics, deal("1", { amount: "500", net_amount: "420.50", junk: "Duplicate" })],
      },
    );
    expect(await built.rows("select amount, excluded_as from input.deals")).toEqual([
      { amount: "420.50", excluded_as: "duplicate" },
    ]);
  });
});

describe("deal_stages", () => {
  test("the history of the stage, without a value that was only set again", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          deal(
            "1",
            { dealstage: "1002" },
            {
              dealstage: [
                ["1002", "2026-03-05T09:00:00.000Z"],
                ["1001", "2026-02-20T09:00:00.000Z"],
                ["1001", "2026-02-01T10:00:00.000Z"],
              ],
            },
          ),
        ],
      },
    );
    expect(await built.rows("select deal_id, stage, entered_at from input.deal_stages order by entered_at")).toEqual([
      { deal_id: "1", stage: "Qualified", entered_at: "2026-02-01T10:00:00.000Z" },
      { deal_id: "1", stage: "Won", entered_at: "2026-03-05T09:00:00.000Z" },
    ]);
  });
});

describe("the account of a deal (R97)", () => {
  const companies = [company("501", {}), company("502", {}), company("601", { type: "PARTNER" })];
  const accountOf = async (associations: Readonly<Record<string, readonly object[]>>) => {
    const built = await build(
      {},
      { sources: source(), records: [...basics, ...companies, deal("1", {}), associated("1", associations)] },
    );
    return built.cell("select account_id from input.deals");
  };

  test("is the primary company", async () => {
    expect(await accountOf({ 501: [plain], 502: [primary, plain] })).toBe("502");
  });

  test("is the only company that is no partner, when the primary one is a partner", async () => {
    expect(await accountOf({ 601: [primary, plain], 501: [plain] })).toBe("501");
  });

  test("is nobody when two could be it, and that is listed", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [...basics, ...companies, deal("1", {}), associated("1", { 501: [plain], 502: [plain] })],
      },
    );
    expect(await built.cell("select account_id from input.deals")).toBeNull();
    expect(await built.cell("select entity_key from quality.issue where check_id = 'account_ambiguous'")).toBe(
      "hubspot:1",
    );
  });

  test("is the company that the associated one was merged into", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          company("503", { hs_merged_object_ids: "499" }),
          deal("1", {}),
          associated("1", { 499: [primary, plain] }),
        ],
      },
    );
    expect(await built.cell("select account_id from input.deals")).toBe("503");
    expect(await built.rows("select id, merged_into_id from input.accounts order by id")).toEqual([
      { id: "499", merged_into_id: "503" },
      { id: "503", merged_into_id: null },
    ]);
  });
});

describe("partners", () => {
  test("are the companies of a partner's type; a reseller needs no word of its own", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          company("601", {
            type: "PARTNER",
            partner_type: "Agency",
            partner_tier: "Gold",
            partner_region: "EMEA",
            partner_manager: "Ana Ruiz",
            partner_agreed_on: "2025-06-01",
            domain: "agency.example",
          }),
          company("602", { type: "RESELLER" }),
          company("501", { type: "PROSPECT" }),
        ],
      },
    );
    expect(
      await built.rows("select id, type, tier, region, manager, agreed_on, domain from input.partners order by id"),
    ).toEqual([
      {
        id: "601",
        type: "Agency",
        tier: "Gold",
        region: "EMEA",
        manager: "Ana Ruiz",
        agreed_on: "2025-06-01",
        domain: "agency.example",
      },
      { id: "602", type: "reseller", tier: null, region: null, manager: null, agreed_on: null, domain: null },
    ]);
    expect(await built.rows("select id from input.accounts")).toEqual([{ id: "501" }]);
  });

  test("a company type of the portal's own is a partner once it is mapped", async () => {
    const built = await build(
      {},
      {
        sources: source({ partners: { values: { type: { ALLIANCE: "integration" } } } }),
        records: [...basics, company("601", { type: "ALLIANCE" })],
      },
    );
    expect(await built.rows("select id, type from input.partners")).toEqual([{ id: "601", type: "integration" }]);
  });
});

describe("deal_partners", () => {
  const partners = [company("601", { type: "PARTNER" }), company("602", { type: "PARTNER" })];

  test("the label tells the role; the first word that fits counts (R98)", async () => {
    const labels = [
      "Sourced by",
      "Co-sell partner",
      "Cosell with",
      "Technical partner",
      "Delivery partner",
      "Implementation partner",
      "Influenced by",
      "Outsourced delivery",
      "Resource planning",
    ];
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          ...partners,
          ...labels.flatMap((label, index) => [
            deal(`${100 + index}`, {}),
            associated(`${100 + index}`, { 601: [plain, own(label)] }),
          ]),
        ],
      },
    );
    expect(
      (await built.rows<{ role: string }>("select role from input.deal_partners order by deal_id")).map(
        (row) => row.role,
      ),
    ).toEqual([
      "sourced",
      "co_sell",
      "co_sell",
      "technical",
      "delivery",
      "delivery",
      "influenced",
      "delivery",
      "influenced",
    ]);
  });

  test("several labels give one row a role; HubSpot's own types count only when there is no other", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          ...partners,
          deal("1", {}),
          associated("1", {
            601: [primary, plain, own("Sourced by"), own("Co-sell partner"), own("Cosell with")],
            602: [primary, plain],
          }),
        ],
      },
    );
    expect(
      await built.rows("select partner_id, role, recorded_at from input.deal_partners order by partner_id, role"),
    ).toEqual([
      { partner_id: "601", role: "co_sell", recorded_at: null },
      { partner_id: "601", role: "sourced", recorded_at: null },
      { partner_id: "602", role: "influenced", recorded_at: null },
    ]);
  });

  test("a role was recorded when the log first saw it, which the first load cannot tell (R99)", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          ...partners,
          deal("1", {}),
          associated("1", { 601: [plain, own("Sourced by")] }),
          associated(
            "1",
            { 601: [plain, own("Sourced by")], 602: [plain, own("Technical partner")] },
            { seenAt: "2026-03-01T02:00:00Z" },
          ),
          associated("1", { 602: [plain, own("Technical partner")] }, { seenAt: "2026-04-01T02:00:00Z" }),
          associated("1", { 602: [plain, own("Technical partner")] }, { seenAt: "2026-05-01T02:00:00Z", gone: "gone" }),
        ],
      },
    );
    expect(
      await built.rows("select partner_id, role, recorded_at, removed_at from input.deal_partners order by partner_id"),
    ).toEqual([
      { partner_id: "601", role: "sourced", recorded_at: null, removed_at: "2026-04-01T02:00:00.000000Z" },
      {
        partner_id: "602",
        role: "technical",
        recorded_at: "2026-03-01T02:00:00.000000Z",
        removed_at: "2026-05-01T02:00:00.000000Z",
      },
    ]);
  });

  test("a role that was taken away and given back is two", async () => {
    const built = await build(
      {},
      {
        sources: source(),
        records: [
          ...basics,
          ...partners,
          deal("1", {}),
          associated("1", { 601: [own("Sourced by")] }),
          associated("1", { 602: [plain] }, { seenAt: "2026-03-01T02:00:00Z" }),
          associated("1", { 601: [own("Sourced by")] }, { seenAt: "2026-04-01T02:00:00Z" }),
        ],
      },
    );
    expect(
      await built.rows(
        "select partner_id, recorded_at, removed_at from input.deal_partners order by partner_id, recorded_at nulls first",
      ),
    ).toEqual([
      { partner_id: "601", recorded_at: null, removed_at: "2026-03-01T02:00:00.000000Z" },
      { partner_id: "601", recorded_at: "2026-04-01T02:00:00.000000Z", removed_at: null },
      { partner_id: "602", recorded_at: "2026-03-01T02:00:00.000000Z", removed_at: "2026-04-01T02:00:00.000000Z" },
    ]);
  });

  test("a removal that the log saw after the as-of date has not happened (R92)", async () => {
    const built = await build(
      {},
      {
        asOf: "2026-03-15",
        sources: source(),
        records: [
          ...basics,
          ...partners,
          deal("1", {}),
          associated("1", { 601: [own("Sourced by")] }),
          associated("1", {}, { seenAt: "2026-04-01T02:00:00Z" }),
        ],
      },
    );
    expect(await built.rows("select partner_id, removed_at from input.deal_partners")).toEqual([
      { partner_id: "601", removed_at: null },
    ]);
  });
});

describe("the deal's own partner, mapped to a property (R88)", () => {
  const mapping = { deals: { columns: { partner_id: "sourcing_partner" } } };
  const closed = { dealstage: "1002", closedate: "2026-03-10T15:00:00.000Z", sourcing_partner: "602" };
  // Closed on 10 March; evidence counts until 24 March, the 14 days after it included.
  const history = (changed: string) => ({
    sourcing_partner: [
      ["602", changed],
      ["601", "2026-02-02T08:00:00.000Z"],
    ] as const,
  });
  const declared = async (changed: string, config: object = {}) => {
    const built = await build(
      {},
      { config: { ...config }, sources: source(mapping), records: [...basics, deal("1", closed, history(changed))] },
    );
    return built.rows("select partner_id, partner_declared_at from input.deals");
  };

  test("is the one of the evidence date, however often it changed after", async () => {
    expect(await declared("2026-03-25T08:00:00.000Z")).toEqual([
      { partner_id: "601", partner_declared_at: "2026-02-02T08:00:00.000Z" },
    ]);
  });

  test("follows a change up to the evidence date", async () => {
    expect(await declared("2026-03-24T23:00:00.000Z")).toEqual([
      { partner_id: "602", partner_declared_at: "2026-03-24T23:00:00.000Z" },
    ]);
  });

  test("is today's when evidence is taken as it stands now", async () => {
    expect(await declared("2026-03-25T08:00:00.000Z", { attribution: { evidence: "current" } })).toEqual([
      { partner_id: "602", partner_declared_at: "2026-03-25T08:00:00.000Z" },
    ]);
  });
});
