import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/extract/log.ts";
import { type Built, build, buildKept } from "../../support/build.ts";
import { logged, type Version } from "../../support/vendor-log.ts";

type Properties = Readonly<Record<string, string | number | null>>;
type History = Readonly<Record<string, readonly (readonly [value: string, timestamp: string])[]>>;
type Associations = Readonly<Record<string, readonly object[]>>;

const stage = (id: string, label: string, order: number, isClosed: string, probability: string) => ({
  id,
  label,
  displayOrder: order,
  metadata: { isClosed, probability },
});

const plain = { category: "HUBSPOT_DEFINED", typeId: 341, label: null };
const primary = { category: "HUBSPOT_DEFINED", typeId: 5, label: "Primary" };
const own = (label: string) => ({ category: "USER_DEFINED", typeId: 30 + label.length, label });

/** What a portal of the given source name holds, record by record. */
const portal = (source: string) => ({
  basics: [
    logged(source, "account", "4821", { portalId: 4821, timeZone: "America/New_York", companyCurrency: "EUR" }),
    logged(source, "pipelines", "default", {
      id: "default",
      label: "Sales",
      stages: [
        stage("1001", "Qualified", 0, "false", "0.2"),
        stage("1002", "Won", 1, "true", "1.0"),
        stage("1003", "Lost", 2, "true", "0.0"),
      ],
    }),
  ],
  company: (id: string, properties: Properties, version?: Version) =>
    logged(
      source,
      "companies",
      id,
      { id, properties: { name: `Company ${id}`, ...properties }, createdAt: "2025-01-01T00:00:00Z" },
      version,
    ),
  deal: (id: string, properties: Properties = {}, history: History = {}, version?: Version) =>
    logged(
      source,
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
    ),
  owner: (id: string, fields: object, version?: Version) => logged(source, "owners", id, { id, ...fields }, version),
  associated: (dealId: string, companies: Associations, version?: Version) =>
    logged(
      source,
      "associations.deals.companies",
      dealId,
      {
        from: { id: dealId },
        to: Object.entries(companies).map(([id, associationTypes]) => ({ toObjectId: Number(id), associationTypes })),
      },
      version,
    ),
});

type Portal = ReturnType<typeof portal>;

const entry = (name: string, mapping: object = {}) => ({ name, kind: "hubspot", access_token: "token", mapping });

const sources: object[] = [];
const records: LogRecord[] = [];
let built: Built;

/** Gives a test a portal of its own in the one build of this file; returns the source name to ask for. */
const given = (make: (portal: Portal) => readonly LogRecord[], mapping: object = {}): string => {
  const name = `portal${sources.length + 1}`;
  const own = portal(name);
  sources.push(entry(name, mapping));
  records.push(...own.basics, ...make(own));
  return name;
};

/** Rows of a portal's own; `what` is a select list, `more` what stands behind the source. */
const rowsOf = (name: string, table: string, what: string, more = "") =>
  built.rows(`select ${what} from ${table} where source = '${name}' ${more}`);

const issuesOf = (name: string, check: string) =>
  built.rows(
    `select entity_key from quality.issue where check_id = '${check}' and starts_with(entity_key, '${name}:') order by entity_key`,
  );

beforeAll(async () => {
  built = await buildKept(
    {},
    {
      sources: sources as Readonly<Record<string, unknown>>[],
      records,
      only: [
        ...["accounts", "deal_partners", "deal_stages", "deals", "partners"].map((entity) => `input.${entity}`),
        "staging.deal_record",
        ...["account_ambiguous", "stage_undefined", "unknown_value"],
      ],
    },
  );
});

afterAll(() => built.close());

describe("deals", () => {
  // 03:30 UTC on 1 March is still 28 February in New York.
  const dated = given(({ deal }) => [
    deal("1", { dealstage: "1002", closedate: "2026-03-01T03:30:00.000Z", amount: "1000.10" }),
    deal("2", { dealstage: "1001", closedate: "2026-03-01T03:30:00.000Z" }),
  ]);

  test("a close date is the day it was in the portal's zone, and only of a closed deal; the currency is the portal's (R103)", async () => {
    expect(
      await rowsOf(dated, "input.deals", "id, state, closed_on, expected_close_on, amount, currency", "order by id"),
    ).toEqual([
      { id: "1", state: "won", closed_on: "2026-02-28", expected_close_on: null, amount: "1000.10", currency: "EUR" },
      { id: "2", state: "open", closed_on: null, expected_close_on: "2026-02-28", amount: null, currency: "EUR" },
    ]);
  });

  const undated = given(({ deal }) => [
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
  ]);

  test("a won deal without a close date closed on the day it entered the won stage, in the portal's zone (R101)", async () => {
    expect(await rowsOf(undated, "input.deals", "closed_on")).toEqual([{ closed_on: "2026-02-28" }]);
  });

  const typed = given(
    ({ deal }) => [
      deal("1", { dealtype: "newbusiness" }),
      deal("2", { dealtype: "existingbusiness" }),
      deal("3", { dealtype: "renewal" }),
      deal("4", { dealtype: "Pilot" }),
      deal("5", { dealtype: "Pilot" }),
      deal("6", { dealtype: "upsell" }),
      deal("7"),
    ],
    { deals: { values: { order_type: { Upsell: "expansion" } } } },
  );

  test("the order type is that of the deal type; a portal's own one is new and listed once (R100)", async () => {
    expect(await rowsOf(typed, "input.deals", "id, order_type", "order by id")).toEqual([
      { id: "1", order_type: "new" },
      { id: "2", order_type: "expansion" },
      { id: "3", order_type: "renewal" },
      { id: "4", order_type: "new" },
      { id: "5", order_type: "new" },
      { id: "6", order_type: "expansion" },
      { id: "7", order_type: "new" },
    ]);
    expect(await issuesOf(typed, "unknown_value")).toEqual([{ entity_key: `${typed}:Pilot` }]);
  });

  const staged = given(({ deal }) => [deal("1", { dealstage: "1002" }), deal("2", { dealstage: "9999" })]);

  test("a stage is named by its label; one without a definition by its id, and the deal is open (R101)", async () => {
    expect(await rowsOf(staged, "input.deals", "id, pipeline, stage, state", "order by id")).toEqual([
      { id: "1", pipeline: "Sales", stage: "Won", state: "won" },
      { id: "2", pipeline: "Sales", stage: "9999", state: "open" },
    ]);
    expect(await issuesOf(staged, "stage_undefined")).toEqual([{ entity_key: `${staged}:9999` }]);
  });

  const owned = given(({ deal, owner }) => [
    owner("7", { firstName: "Ana", lastName: "Ruiz", archived: true }, { gone: "archived" }),
    owner("8", { firstName: "", lastName: "", email: "bo@example.com" }),
    deal("1", { hubspot_owner_id: "7" }),
    deal("2", { hubspot_owner_id: "8" }),
  ]);

  test("the owner is told by name, one who has left too, else by e-mail", async () => {
    expect(await rowsOf(owned, "input.deals", "owner", "order by id")).toEqual([
      { owner: "Ana Ruiz" },
      { owner: "bo@example.com" },
    ]);
  });

  const merged = given(({ deal }) => [
    deal("30", { hs_merged_object_ids: "10;20" }),
    // Still listed, though the survivor names it.
    deal("10"),
    deal("20", { hs_merged_object_ids: "15" }, {}, { gone: "archived" }),
  ]);

  test("a merged id leads to the survivor, whether or not it can still be read (R102)", async () => {
    expect(await rowsOf(merged, "input.deals", "id, merged_into_id", "order by id")).toEqual([
      { id: "10", merged_into_id: "30" },
      { id: "15", merged_into_id: "30" },
      { id: "20", merged_into_id: "30" },
      { id: "30", merged_into_id: null },
    ]);
    expect(
      await built.rows(
        `select record_key, deal_key from staging.deal_record where starts_with(record_key, '${merged}:') order by record_key`,
      ),
    ).toEqual(["10", "15", "20", "30"].map((id) => ({ record_key: `${merged}:${id}`, deal_key: `${merged}:30` })));
  });

  const numbered = given(({ deal }) => [deal("30", { hs_merged_object_ids: 10 })]);

  test("a single merged id that comes as a number leads to the survivor all the same (R102)", async () => {
    expect(await rowsOf(numbered, "input.deals", "id, merged_into_id", "order by id")).toEqual([
      { id: "10", merged_into_id: "30" },
      { id: "30", merged_into_id: null },
    ]);
  });

  const archived = given(({ deal }) => [deal("1", {}, {}, { gone: "archived" }), deal("2")]);

  test("an archived deal is out", async () => {
    expect(await rowsOf(archived, "input.deals", "id")).toEqual([{ id: "2" }]);
  });

  const mapped = given(({ deal }) => [deal("1", { amount: "500", net_amount: "420.50", junk: "Duplicate" })], {
    deals: {
      columns: { amount: "net_amount", excluded_as: "junk" },
      values: { excluded_as: { Duplicate: "duplicate" } },
    },
  });

  test("a mapped property takes the place of the usual one", async () => {
    expect(await rowsOf(mapped, "input.deals", "amount, excluded_as")).toEqual([
      { amount: "420.50", excluded_as: "duplicate" },
    ]);
  });
});

describe("deal_stages", () => {
  const again = given(({ deal }) => [
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
  ]);

  test("are the history of the stage, without a value that was only set again", async () => {
    expect(await rowsOf(again, "input.deal_stages", "deal_id, stage, entered_at", "order by entered_at")).toEqual([
      { deal_id: "1", stage: "Qualified", entered_at: "2026-02-01T10:00:00.000Z" },
      { deal_id: "1", stage: "Won", entered_at: "2026-03-05T09:00:00.000Z" },
    ]);
  });
});

describe("the account of a deal (R97)", () => {
  const companies = ({ company }: Portal) => [
    company("501", {}),
    company("502", {}),
    company("601", { type: "PARTNER" }),
  ];
  const between = (associations: Associations) =>
    given((own) => [...companies(own), own.deal("1"), own.associated("1", associations)]);
  const accountOf = (name: string) => rowsOf(name, "input.deals", "account_id");

  const first = between({ 501: [plain], 502: [primary, plain] });

  test("is the primary company", async () => {
    expect(await accountOf(first)).toEqual([{ account_id: "502" }]);
  });

  const second = between({ 601: [primary, plain], 501: [plain] });

  test("is the only company that is no partner, when the primary one is a partner", async () => {
    expect(await accountOf(second)).toEqual([{ account_id: "501" }]);
  });

  const third = between({ 501: [plain], 502: [plain] });

  test("is nobody when two could be it, and that is listed", async () => {
    expect(await accountOf(third)).toEqual([{ account_id: null }]);
    expect(await issuesOf(third, "account_ambiguous")).toEqual([{ entity_key: `${third}:1` }]);
  });

  const fourth = given(({ company, deal, associated }) => [
    company("503", { hs_merged_object_ids: "499" }),
    deal("1"),
    associated("1", { 499: [primary, plain] }),
  ]);

  test("is the company that the associated one was merged into", async () => {
    expect(await accountOf(fourth)).toEqual([{ account_id: "503" }]);
    expect(await rowsOf(fourth, "input.accounts", "id, merged_into_id", "order by id")).toEqual([
      { id: "499", merged_into_id: "503" },
      { id: "503", merged_into_id: null },
    ]);
  });
});

describe("partners", () => {
  const usual = given(({ company }) => [
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
    company("603", { type: "PARTNER" }, { gone: "archived" }),
  ]);

  test("are the living companies of a partner's type; a reseller needs no word of its own", async () => {
    expect(
      await rowsOf(usual, "input.partners", "id, type, tier, region, manager, agreed_on, domain", "order by id"),
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
    expect(await rowsOf(usual, "input.accounts", "id")).toEqual([{ id: "501" }]);
  });

  const mapped = given(({ company }) => [company("601", { type: "ALLIANCE" })], {
    partners: { values: { type: { ALLIANCE: "integration" } } },
  });

  test("a company type of the portal's own is a partner's once it is mapped", async () => {
    expect(await rowsOf(mapped, "input.partners", "id, type")).toEqual([{ id: "601", type: "integration" }]);
  });
});

describe("a rate by tier", () => {
  test("takes the tier of the close date, where HubSpot is what the present one is from and its history reaches back (R65)", async () => {
    const { basics, company, deal, associated } = portal("hs");
    const won = (id: string, partner: string, on: string) => [
      deal(id, { dealstage: "1002", closedate: `${on}T12:00:00.000Z`, amount: "100" }),
      associated(id, { [partner]: [plain, own("Sourced by")] }),
    ];
    const history = (id: string, values: readonly (readonly [value: string, timestamp: string])[]) =>
      logged("hs", "companies.tiers", id, {
        id,
        propertiesWithHistory: { partner_tier: values.map(([value, timestamp]) => ({ value, timestamp })) },
      });
    const { rows } = await build(
      { partners: [{ id: "p1", name: "Joined", type: "referral", tier: "Bronze", same_as: "hs:603" }] },
      {
        sources: [{ name: "drop", kind: "files", path: "." }, entry("hs")],
        config: { commissions: [{ name: "Plan", tiers: { silver: 5, gold: 10, platinum: 15 }, rate: 1 }] },
        only: ["attribution.int_plan_match", "attribution.int_commission_plan"],
        records: [
          ...basics,
          company("601", { type: "PARTNER", partner_tier: "Platinum" }),
          history("601", [
            ["Platinum", "2026-06-01T09:00:00.000Z"],
            ["", "2026-05-01T09:00:00.000Z"],
            ["Gold", "2026-03-31T22:00:00.000Z"],
            ["Silver", "2026-03-31T21:00:00.000Z"],
            ["Silver", "2024-01-10T09:00:00.000Z"],
          ]),
          company("602", { type: "PARTNER", partner_tier: "Gold" }),
          company("603", { type: "PARTNER", partner_tier: "Gold" }),
          history("603", [["Gold", "2024-01-10T09:00:00.000Z"]]),
          ...won("1", "601", "2024-01-09"),
          ...won("2", "601", "2026-03-30"),
          ...won("3", "601", "2026-03-31"),
          ...won("4", "601", "2026-05-20"),
          ...won("5", "601", "2026-06-20"),
          ...won("6", "602", "2026-03-30"),
          ...won("7", "603", "2026-03-30"),
        ],
      },
    );
    expect(await rows("select deal_key, tier, rate from attribution.int_commission_plan order by deal_key")).toEqual([
      { deal_key: "hs:1", tier: "Platinum", rate: "15.000000" },
      { deal_key: "hs:2", tier: "Silver", rate: "5.000000" },
      { deal_key: "hs:3", tier: "Gold", rate: "10.000000" },
      { deal_key: "hs:4", tier: null, rate: "1.000000" },
      { deal_key: "hs:5", tier: "Platinum", rate: "15.000000" },
      { deal_key: "hs:6", tier: "Gold", rate: "10.000000" },
      { deal_key: "hs:7", tier: "Bronze", rate: "1.000000" },
    ]);
  });
});

describe("deal_partners", () => {
  const partners = ({ company }: Portal) => [company("601", { type: "PARTNER" }), company("602", { type: "PARTNER" })];
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
    "Delivery of technology",
    "Technical co-sell, sourced",
  ];
  const labelled = given((held) => [
    ...partners(held),
    ...labels.flatMap((label, index) => [
      held.deal(`${100 + index}`),
      held.associated(`${100 + index}`, { 601: [plain, own(label)] }),
    ]),
  ]);

  test("have the role that the label tells; the first word that fits counts (R98)", async () => {
    expect((await rowsOf(labelled, "input.deal_partners", "role", "order by deal_id")).map((row) => row.role)).toEqual([
      "sourced",
      "co_sell",
      "co_sell",
      "technical",
      "delivery",
      "delivery",
      "influenced",
      "delivery",
      "influenced",
      "technical",
      "sourced",
    ]);
  });

  const renamed = given(
    (held) => [
      ...partners(held),
      held.deal("1"),
      held.associated("1", { 601: [plain, own("Finder's Fee")], 602: [plain, own("Sourced by")] }),
    ],
    { deal_partners: { values: { role: { "finder's fee": "sourced", "Sourced by": "influenced" } } } },
  );

  test("have the role that the mapping gives the label, before the words in it", async () => {
    expect(await rowsOf(renamed, "input.deal_partners", "partner_id, role", "order by partner_id")).toEqual([
      { partner_id: "601", role: "sourced" },
      { partner_id: "602", role: "influenced" },
    ]);
  });

  const several = given((held) => [
    ...partners(held),
    held.deal("1"),
    held.associated("1", {
      601: [primary, plain, own("Sourced by"), own("Co-sell partner"), own("Cosell with")],
      602: [primary, plain],
    }),
  ]);

  test("are one row a role; HubSpot's own types count only when there is no other label", async () => {
    expect(
      await rowsOf(several, "input.deal_partners", "partner_id, role, recorded_at", "order by partner_id, role"),
    ).toEqual([
      { partner_id: "601", role: "co_sell", recorded_at: null },
      { partner_id: "601", role: "sourced", recorded_at: null },
      { partner_id: "602", role: "influenced", recorded_at: null },
    ]);
  });

  const sourced = [plain, own("Sourced by")];
  const technical = [plain, own("Technical partner")];
  const changing = given((held) => [
    ...partners(held),
    held.deal("1"),
    held.associated("1", { 601: sourced }),
    held.associated("1", { 601: sourced, 602: technical }, { seenAt: "2026-03-01T02:00:00Z" }),
    held.associated("1", { 602: technical }, { seenAt: "2026-04-01T02:00:00Z" }),
    held.associated("1", { 602: technical }, { seenAt: "2026-05-01T02:00:00Z", gone: "gone" }),
  ]);

  test("were recorded when the log first saw them, which the first load cannot tell (R99)", async () => {
    expect(
      await rowsOf(changing, "input.deal_partners", "partner_id, role, recorded_at, removed_at", "order by partner_id"),
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

  const standing = given((held) => [
    ...partners(held),
    held.deal("1"),
    held.associated("1", { 601: sourced }),
    held.associated("1", { 601: sourced, 602: technical }, { seenAt: "2026-03-01T02:00:00Z" }),
  ]);

  test("stay as long as they are there, whatever else of the deal's associations changes", async () => {
    expect(
      await rowsOf(standing, "input.deal_partners", "partner_id, recorded_at, removed_at", "order by partner_id"),
    ).toEqual([
      { partner_id: "601", recorded_at: null, removed_at: null },
      { partner_id: "602", recorded_at: "2026-03-01T02:00:00.000000Z", removed_at: null },
    ]);
  });

  const returning = given((held) => [
    ...partners(held),
    held.deal("1"),
    held.associated("1", { 601: sourced }),
    held.associated("1", { 602: [plain] }, { seenAt: "2026-03-01T02:00:00Z" }),
    held.associated("1", { 601: sourced }, { seenAt: "2026-04-01T02:00:00Z" }),
  ]);

  test("that were taken away and given back are two", async () => {
    expect(
      await rowsOf(
        returning,
        "input.deal_partners",
        "partner_id, recorded_at, removed_at",
        "order by partner_id, recorded_at nulls first",
      ),
    ).toEqual([
      { partner_id: "601", recorded_at: null, removed_at: "2026-03-01T02:00:00.000000Z" },
      { partner_id: "601", recorded_at: "2026-04-01T02:00:00.000000Z", removed_at: null },
      { partner_id: "602", recorded_at: "2026-03-01T02:00:00.000000Z", removed_at: "2026-04-01T02:00:00.000000Z" },
    ]);
  });

  test("that the run after a broken first one landed are of unknown age as well (R99)", async () => {
    const held = portal("hubspot");
    const [first, second, third] = ["2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z", "2026-01-03T02:00:00Z"] as const;
    const resumed = await build(
      {},
      {
        only: ["input.deal_partners"],
        sources: [entry("hubspot")],
        records: [
          ...held.basics,
          ...partners(held),
          ...["1", "2", "3"].map((id) => held.deal(id)),
          held.associated("1", { 601: sourced }, { seenAt: first }),
          held.associated("2", { 601: sourced }, { seenAt: second }),
          held.associated("3", { 601: sourced }, { seenAt: third }),
        ],
        prepare: async (connection) => {
          for (const [seenAt, status] of [
            [first, "failed"],
            [second, "done"],
            [third, "done"],
          ] as const) {
            await connection.run("insert into raw.run (run_id, started_at) values ($1, $2)", [
              seenAt,
              new Date(seenAt),
            ]);
            await connection.run(
              "insert into raw.load (run_id, source, stream, status) values ($1, 'hubspot', 'associations.deals.companies', $2)",
              [seenAt, status],
            );
          }
        },
      },
    );
    expect(await resumed.rows("select deal_id, recorded_at from input.deal_partners order by deal_id")).toEqual([
      { deal_id: "1", recorded_at: null },
      { deal_id: "2", recorded_at: null },
      { deal_id: "3", recorded_at: "2026-01-03T02:00:00.000000Z" },
    ]);
  });

  test("whose removal the log saw after the as-of date still stand (R92)", async () => {
    const held = portal("hubspot");
    const earlier = await build(
      {},
      {
        asOf: "2026-03-15",
        only: ["input.deal_partners"],
        sources: [entry("hubspot")],
        records: [
          ...held.basics,
          ...partners(held),
          held.deal("1"),
          held.associated("1", { 601: sourced }),
          held.associated("1", {}, { seenAt: "2026-04-01T02:00:00Z" }),
        ],
      },
    );
    expect(await earlier.rows("select partner_id, removed_at from input.deal_partners")).toEqual([
      { partner_id: "601", removed_at: null },
    ]);
  });
});

describe("the deal's own partner, mapped to a property (R88)", () => {
  const mapping = { deals: { columns: { partner_id: "sourcing_partner" } } };
  // Closed on 10 March; evidence counts until 24 March, the 14 days after it included.
  const changedAt = (moment: string) => (held: Portal) => [
    held.deal(
      "1",
      { dealstage: "1002", closedate: "2026-03-10T15:00:00.000Z", sourcing_partner: "602" },
      {
        sourcing_partner: [
          ["602", moment],
          ["601", "2026-02-02T08:00:00.000Z"],
        ],
      },
    ),
  ];
  const late = given(changedAt("2026-03-25T08:00:00.000Z"), mapping);
  const inTime = given(changedAt("2026-03-24T23:00:00.000Z"), mapping);

  test("is the one of the evidence date, however often it changed after", async () => {
    expect(await rowsOf(late, "input.deals", "partner_id, partner_declared_at")).toEqual([
      { partner_id: "601", partner_declared_at: "2026-02-02T08:00:00.000Z" },
    ]);
  });

  test("follows a change up to the evidence date", async () => {
    expect(await rowsOf(inTime, "input.deals", "partner_id, partner_declared_at")).toEqual([
      { partner_id: "602", partner_declared_at: "2026-03-24T23:00:00.000Z" },
    ]);
  });

  test("is today's when evidence is taken as it stands now", async () => {
    const held = portal("hubspot");
    const current = await build(
      {},
      {
        config: { attribution: { evidence: "current" } },
        only: ["input.deals"],
        sources: [entry("hubspot", mapping)],
        records: [...held.basics, ...changedAt("2026-03-25T08:00:00.000Z")(held)],
      },
    );
    expect(await current.rows("select partner_id, partner_declared_at from input.deals")).toEqual([
      { partner_id: "602", partner_declared_at: "2026-03-25T08:00:00.000Z" },
    ]);
  });
});
