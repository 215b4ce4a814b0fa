import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/extract/log.ts";
import { type Built, build, buildKept } from "../../support/build.ts";
import { logged, type Version } from "../../support/vendor-log.ts";

const row = (
  source: string,
  object: string,
  id: string,
  fields: Readonly<Record<string, unknown>>,
  version?: Version,
): LogRecord =>
  logged(
    source,
    object,
    id,
    { attributes: { type: object }, Id: id, IsDeleted: version?.gone === "archived", ...fields },
    version,
  );

const entry = (name: string, more: object = {}) => ({
  name,
  kind: "salesforce",
  instance_url: "https://example.my.salesforce.com",
  access_token: "token",
  ...more,
});

const stages = (source: string): LogRecord[] => [
  row(source, "OpportunityStage", "s1", {
    ApiName: "Qualification",
    MasterLabel: "Qualifying",
    SortOrder: 1,
    DefaultProbability: 20,
    IsActive: true,
    IsClosed: false,
    IsWon: false,
  }),
  row(source, "OpportunityStage", "s2", {
    ApiName: "Closed Won",
    MasterLabel: "Closed Won",
    SortOrder: 2,
    DefaultProbability: 100,
    IsActive: true,
    IsClosed: true,
    IsWon: true,
  }),
];

const opportunity = (source: string, id: string, fields: Readonly<Record<string, unknown>> = {}, version?: Version) =>
  row(
    source,
    "Opportunity",
    id,
    {
      Name: `Opportunity ${id}`,
      StageName: "Qualification",
      IsWon: false,
      IsClosed: false,
      CloseDate: "2026-08-31",
      CreatedDate: "2026-07-14T09:30:00.000+0000",
      Probability: 25,
      ...fields,
    },
    version,
  );

const account = (source: string, id: string, fields: Readonly<Record<string, unknown>> = {}, version?: Version) =>
  row(
    source,
    "Account",
    id,
    { Name: `Account ${id}`, CreatedDate: "2025-01-01T00:00:00.000+0000", ...fields },
    version,
  );

const partner = (
  source: string,
  id: string,
  opportunityId: string,
  accountId: string,
  fields: object = {},
  version?: Version,
) =>
  row(
    source,
    "OpportunityPartner",
    id,
    {
      OpportunityId: opportunityId,
      AccountToId: accountId,
      IsPrimary: false,
      CreatedDate: "2026-07-20T08:00:00.000+0000",
      ...fields,
    },
    version,
  );

const won = { StageName: "Closed Won", IsWon: true, IsClosed: true };

let built: Built;

beforeAll(async () => {
  built = await buildKept(
    {},
    {
      only: [
        "input.accounts",
        "input.deal_partners",
        "input.deal_stages",
        "input.deals",
        "input.partners",
        "staging.stg_deals",
        "marts.fct_deal",
        "stage_undefined",
        "unknown_value",
        "account_is_partner",
      ],
      asOf: "2026-09-30",
      sources: [
        entry("sf"),
        entry("mapped", {
          currency: "GBP",
          mapping: {
            partners: { values: { type: { "Referral Agent": "referral" } } },
            deals: { columns: { amount: "Net__c" }, values: { order_type: { "Add-On": "expansion" } } },
          },
        }),
        entry("multi"),
        entry("listed"),
      ],
      records: [
        ...["sf", "mapped", "multi", "listed"].flatMap(stages),
        // Accounts and partners
        account("sf", "a1", { Website: "https://www.Acme.example/en?x=1", BillingCountry: "Spain" }),
        account("sf", "a2", { Website: "buyer.example" }),
        account("sf", "a3", { Website: "http://shop.buyer.example:8080", MasterRecordId: "a1" }, { gone: "merged" }),
        account("sf", "a4", { Website: "gone.example" }, { gone: "archived" }),
        account("sf", "p1", { Type: "Channel Partner / Reseller" }),
        account("sf", "p2", { Type: "Installation Partner" }),
        account("sf", "p3", { Type: "Technology Partner" }),
        account("sf", "p4", { Type: "Partner" }),
        account("sf", "p5", { Type: "Customer - Direct", IsPartner: true }),
        account("sf", "p6", { Type: null }),
        account("mapped", "p7", { Type: "Referral Agent" }),
        // Deals
        row("sf", "User", "u1", { Name: "Ana Ruiz", IsActive: false }),
        opportunity("sf", "o1", { ...won, AccountId: "a1", OwnerId: "u1", Amount: 1000.1, Type: "New Customer" }),
        opportunity("sf", "o2", { AccountId: "p1", Type: "Existing Customer - Upgrade" }),
        opportunity("sf", "o3", { AccountId: "a3", Type: "Existing Customer - Replacement" }),
        opportunity("sf", "o4", { Type: "Early Renewal" }),
        opportunity("sf", "o5", { Type: "Pilot" }),
        opportunity("sf", "o6", { StageName: "Retired Stage" }),
        opportunity("sf", "o7", {}, { gone: "archived" }),
        opportunity("mapped", "m1", { Amount: 10, Net__c: 8.5, Type: "add-on" }),
        // Roles on o1
        partner("sf", "r1", "o1", "p1", { Role: "Sourcing Partner" }),
        partner("sf", "r2", "o1", "p2", { Role: "VAR/Reseller", IsPrimary: true }),
        partner("sf", "r3", "o1", "p3", { Role: "Technology Partner", IsPrimary: true }),
        partner("sf", "r4", "o1", "p6", { Role: null }),
        partner("sf", "r5", "o1", "p4", { Role: "Delivery Partner" }),
        partner("sf", "r5", "o1", "p4", { Role: "Delivery Partner" }, { seenAt: "2026-08-10T02:00:00Z", gone: "gone" }),
        partner("sf", "r6", "o7", "p4", { Role: "Sourcing Partner" }),
        // History of o1: an amount change writes the stage again
        ...(
          [
            ["h1", "Qualification", "2026-07-14T09:30:00.000+0000"],
            ["h2", "Qualification", "2026-07-16T09:30:00.000+0000"],
            ["h3", "Closed Won", "2026-08-01T10:00:00.000+0000"],
            ["h4", "Qualification", "2026-08-03T10:00:00.000+0000"],
            ["h5", "Closed Won", "2026-08-31T10:00:00.000+0000"],
          ] as const
        ).map(([id, stageName, at]) =>
          row("sf", "OpportunityHistory", id, { OpportunityId: "o1", StageName: stageName, CreatedDate: at }),
        ),
        // Currencies: `multi` has dated rates for EUR only
        row("multi", "CurrencyType", "c1", { IsoCode: "USD", ConversionRate: 1, IsCorporate: true, IsActive: true }),
        row("multi", "CurrencyType", "c2", { IsoCode: "EUR", ConversionRate: 0.5, IsCorporate: false, IsActive: true }),
        row("multi", "CurrencyType", "c3", { IsoCode: "JPY", ConversionRate: 100, IsCorporate: false, IsActive: true }),
        row(
          "multi",
          "CurrencyType",
          "c3",
          { IsoCode: "JPY", ConversionRate: 150, IsCorporate: false, IsActive: true },
          { seenAt: "2026-09-01T02:00:00Z" },
        ),
        row("multi", "DatedConversionRate", "d1", {
          IsoCode: "EUR",
          ConversionRate: 0.8,
          StartDate: "2026-06-01",
          NextStartDate: "2026-07-01",
        }),
        row("multi", "DatedConversionRate", "d2", {
          IsoCode: "EUR",
          ConversionRate: 0.9,
          StartDate: "2026-07-01",
          NextStartDate: "9999-12-31",
        }),
        opportunity("multi", "x1", { ...won, CloseDate: "2026-06-28", Amount: 80, CurrencyIsoCode: "EUR" }),
        opportunity("multi", "x2", { ...won, CloseDate: "2026-09-29", Amount: 90, CurrencyIsoCode: "EUR" }),
        opportunity("multi", "x3", { ...won, CloseDate: "2026-08-31", Amount: 1000, CurrencyIsoCode: "JPY" }),
        opportunity("multi", "x4", { ...won, CloseDate: "2026-09-05", Amount: 1500, CurrencyIsoCode: "JPY" }),
        opportunity("multi", "x5", { Amount: 5, CurrencyIsoCode: null }),
      ],
    },
  );
});

afterAll(() => built.close());

describe("accounts and partners", () => {
  test("a partner is told by its type, its flag, or a role on an opportunity (R104)", async () => {
    expect(await built.rows("select source, id, type from input.partners order by id")).toEqual([
      { source: "sf", id: "p1", type: "reseller" },
      { source: "sf", id: "p2", type: "services" },
      { source: "sf", id: "p3", type: "integration" },
      { source: "sf", id: "p4", type: "Partner" },
      { source: "sf", id: "p5", type: "Customer - Direct" },
      { source: "sf", id: "p6", type: null },
      { source: "mapped", id: "p7", type: "referral" },
    ]);
  });

  test("an account's domain is the host of its website; a merged one leads to its survivor and has none (R106)", async () => {
    expect(await built.rows("select id, domain, country, merged_into_id from input.accounts order by id")).toEqual([
      { id: "a1", domain: "acme.example", country: "Spain", merged_into_id: null },
      { id: "a2", domain: "buyer.example", country: null, merged_into_id: null },
      { id: "a3", domain: null, country: null, merged_into_id: "a1" },
    ]);
  });
});

describe("deals", () => {
  test("the state is Salesforce's own, the stage is named by its label, the probability is of one", async () => {
    expect(
      await built.rows(
        "select id, account_id, pipeline, stage, state, amount, probability, closed_on, expected_close_on, owner from input.deals where id in ('o1', 'o6') order by id",
      ),
    ).toEqual([
      {
        id: "o1",
        account_id: "a1",
        pipeline: "Opportunity",
        stage: "Closed Won",
        state: "won",
        amount: "1000.1",
        probability: "0.250000",
        closed_on: "2026-08-31",
        expected_close_on: null,
        owner: "Ana Ruiz",
      },
      {
        id: "o6",
        account_id: null,
        pipeline: "Opportunity",
        stage: "Retired Stage",
        state: "open",
        amount: null,
        probability: "0.250000",
        closed_on: null,
        expected_close_on: "2026-08-31",
        owner: null,
      },
    ]);
    expect(await built.cell("select entity_key from quality.issue where check_id = 'stage_undefined'")).toBe(
      "sf:Retired Stage",
    );
  });

  test("the moment of creation is read although its zone has no colon", async () => {
    expect(await built.cell("select created_at from staging.stg_deals where deal_key = 'sf:o1'")).toEqual(
      new Date("2026-07-14T09:30:00Z"),
    );
  });

  test("the type tells the order type; another is new and listed once (R100)", async () => {
    expect(
      await built.rows("select id, order_type from input.deals where id like 'o%' or id = 'm1' order by id"),
    ).toEqual([
      { id: "m1", order_type: "expansion" },
      { id: "o1", order_type: "new" },
      { id: "o2", order_type: "expansion" },
      { id: "o3", order_type: "renewal" },
      { id: "o4", order_type: "renewal" },
      { id: "o5", order_type: "new" },
      { id: "o6", order_type: "new" },
    ]);
    expect(await built.rows("select entity_key from quality.issue where check_id = 'unknown_value'")).toEqual([
      { entity_key: "sf:Pilot" },
    ]);
  });

  test("a partner is never the account of a deal, and that is listed; a merged account is its survivor (R104)", async () => {
    expect(await built.rows("select id, account_id from input.deals where id in ('o2', 'o3') order by id")).toEqual([
      { id: "o2", account_id: null },
      { id: "o3", account_id: "a1" },
    ]);
    expect(await built.rows("select entity_key from quality.issue where check_id = 'account_is_partner'")).toEqual([
      { entity_key: "sf:o2" },
    ]);
  });

  test("a mapped field takes the place of the usual one, and the org's currency that of a missing one (R105)", async () => {
    expect(
      await built.rows("select id, amount, currency from input.deals where id in ('m1', 'o1', 'x5') order by id"),
    ).toEqual([
      { id: "m1", amount: "8.5", currency: "GBP" },
      { id: "o1", amount: "1000.1", currency: "USD" },
      { id: "x5", amount: "5", currency: "USD" },
    ]);
  });
});

test("consecutive rows of one stage are one entry, at the first (R108)", async () => {
  expect(await built.rows("select stage, entered_at from input.deal_stages order by entered_at")).toEqual([
    { stage: "Qualifying", entered_at: "2026-07-14T09:30:00.000+0000" },
    { stage: "Closed Won", entered_at: "2026-08-01T10:00:00.000+0000" },
    { stage: "Qualifying", entered_at: "2026-08-03T10:00:00.000+0000" },
    { stage: "Closed Won", entered_at: "2026-08-31T10:00:00.000+0000" },
  ]);
});

test("the role's words count before the primary flag, and a role that vanished was removed when the log saw it go (R107)", async () => {
  expect(
    await built.rows("select partner_id, role, recorded_at, removed_at from input.deal_partners order by partner_id"),
  ).toEqual([
    { partner_id: "p1", role: "sourced", recorded_at: "2026-07-20T08:00:00.000+0000", removed_at: null },
    { partner_id: "p2", role: "sourced", recorded_at: "2026-07-20T08:00:00.000+0000", removed_at: null },
    { partner_id: "p3", role: "technical", recorded_at: "2026-07-20T08:00:00.000+0000", removed_at: null },
    {
      partner_id: "p4",
      role: "delivery",
      recorded_at: "2026-07-20T08:00:00.000+0000",
      removed_at: "2026-08-10T02:00:00.000000Z",
    },
    { partner_id: "p6", role: "influenced", recorded_at: "2026-07-20T08:00:00.000+0000", removed_at: null },
  ]);
});

test("a rate converts for as long as it holds, and the currency list serves where there are no dated rates", async () => {
  // 80 / 0.8, 90 / 0.9, 1000 / 100, and 1500 / 150 at the rate the log saw change on 1 September: 100, 100, 10 and 10 dollars.
  expect(
    await built.rows(
      "select deal_key, amount_reporting_minor from marts.fct_deal where deal_key in ('multi:x1', 'multi:x2', 'multi:x3', 'multi:x4') order by deal_key",
    ),
  ).toEqual([
    { deal_key: "multi:x1", amount_reporting_minor: 10000 },
    { deal_key: "multi:x2", amount_reporting_minor: 10000 },
    { deal_key: "multi:x3", amount_reporting_minor: 1000 },
    { deal_key: "multi:x4", amount_reporting_minor: 1000 },
  ]);
});

test("a role that the log saw go after the as-of date is still there", async () => {
  const earlier = await build(
    {},
    {
      asOf: "2026-08-01",
      only: ["input.deal_partners"],
      sources: [entry("sf")],
      records: [
        ...stages("sf"),
        account("sf", "p4", { Type: "Partner" }),
        opportunity("sf", "o1"),
        partner("sf", "r5", "o1", "p4", { Role: "Delivery Partner" }),
        partner("sf", "r5", "o1", "p4", { Role: "Delivery Partner" }, { seenAt: "2026-08-10T02:00:00Z", gone: "gone" }),
      ],
    },
  );
  expect(await earlier.rows("select role, removed_at from input.deal_partners")).toEqual([
    { role: "delivery", removed_at: null },
  ]);
});
