import { afterAll, beforeAll, expect, test } from "vitest";
import type { LogRecord } from "../../../src/extract/log.ts";
import { type Built, buildKept } from "../../support/build.ts";
import { logged, type Version } from "../../support/vendor-log.ts";

const row = (object: string, Id: string, fields: object, version?: Version): LogRecord =>
  logged(
    "sf",
    object,
    Id,
    { attributes: { type: object }, Id, IsDeleted: version?.gone === "archived", ...fields },
    version,
  );

const mapping = {
  partners: { object: "Partner__c", columns: { type: "Kind__c", tier: "Program__r.Tier__c", agreed_on: "Signed__c" } },
  registrations: {
    object: "Deal_Registration__c",
    columns: {
      partner_id: "Partner__c",
      deal_id: "Opportunity__c",
      submitted_at: "CreatedDate",
      decided_at: "Decided__c",
      status: "Status__c",
      protection_ends_on: "Protected_Until__c",
      amount: "Amount__c",
      currency: "CurrencyIsoCode",
    },
    values: { status: { "Under Review": "submitted", Accepted: "approved" } },
  },
  deal_partners: {
    object: "Deal_Team__c",
    columns: {
      deal_id: "Deal__c",
      partner_id: "Partner__c",
      role: "Label__c",
      share: "Split__c",
      recorded_at: "CreatedDate",
    },
    values: { role: { "Finder's fee": "sourced" } },
  },
  deals: { columns: { partner_id: "Declared_Partner__c" } },
};

let built: Built;
beforeAll(async () => {
  const seen = "2026-07-01T02:00:00Z";
  built = await buildKept(
    {},
    {
      only: [
        "quality.file_column",
        "staging.quarantine",
        "staging.stg_deal_partners",
        "staging.stg_deals",
        "staging.stg_partners",
        "staging.stg_registrations",
      ],
      sources: [
        {
          name: "sf",
          kind: "salesforce",
          instance_url: "https://example.my.salesforce.com",
          access_token: "t",
          currency: "USD",
          mapping,
        },
      ],
      records: [
        row("Account", "a1", { Name: "Acme", Type: "Customer - Direct", CreatedDate: "2025-01-01T00:00:00.000+0000" }),
        row("Account", "a2", { Name: "Old Partner", Type: "Partner", CreatedDate: "2025-01-01T00:00:00.000+0000" }),
        row("OpportunityStage", "s1", {
          ApiName: "Closed Won",
          MasterLabel: "Closed Won",
          SortOrder: 2,
          DefaultProbability: 100,
          IsActive: true,
          IsClosed: true,
          IsWon: true,
        }),
        row("Opportunity", "o1", {
          Name: "Acme deal",
          AccountId: "a1",
          StageName: "Closed Won",
          IsWon: true,
          IsClosed: true,
          Amount: 1000,
          CloseDate: "2026-05-31",
          CreatedDate: "2026-03-14T09:30:00.000+0000",
          Declared_Partner__c: "p2",
        }),
        row("Partner__c", "p1", {
          Name: "Northwind",
          Kind__c: "Reseller",
          Program__r: { Tier__c: "Gold" },
          Signed__c: "2026-01-10",
        }),
        row("Partner__c", "p2", {
          Name: "Contour",
          Kind__c: null,
          Program__r: null,
          Signed__c: "2026-01-31T23:30:00.000+0000",
        }),
        row("Partner__c", "p3", { Name: "Gone" }, { gone: "archived" }),
        row("Deal_Registration__c", "r1", {
          Partner__c: "p1",
          Opportunity__c: "o1",
          CreatedDate: "2026-03-10T08:00:00.000+0000",
          Decided__c: "2026-03-11T08:00:00.000+0000",
          Status__c: "accepted",
          Protected_Until__c: "2026-09-30",
          Amount__c: 1250.5,
          CurrencyIsoCode: "EUR",
        }),
        row("Deal_Registration__c", "r2", {
          Partner__c: "p1",
          CreatedDate: "2026-03-10T08:00:00.000+0000",
          Status__c: "Odd",
        }),
        row("Deal_Team__c", "t1", {
          Deal__c: "o1",
          Partner__c: "p2",
          Label__c: "Finder's Fee",
          Split__c: 60,
          CreatedDate: "2026-03-15T08:00:00.000+0000",
        }),
        row(
          "Deal_Team__c",
          "t2",
          {
            Deal__c: "o1",
            Partner__c: "p1",
            Label__c: "Helper",
            Split__c: 40,
            CreatedDate: "2026-03-15T08:00:00.000+0000",
          },
          { seenAt: seen, gone: "gone" },
        ),
        row("Deal_Team__c", "t3", { Deal__c: null, Partner__c: null, CreatedDate: null }),
      ],
    },
  );
}, 300_000);
afterAll(() => built.close());

test("an object of the org gives partners beside partner accounts, with their id and name as Salesforce has them", async () => {
  expect(
    await built.rows("select partner_key, name, type, tier, agreed_on from staging.stg_partners order by partner_key"),
  ).toEqual([
    { partner_key: "sf:a2", name: "Old Partner", type: "other", tier: null, agreed_on: null },
    { partner_key: "sf:p1", name: "Northwind", type: "reseller", tier: "Gold", agreed_on: "2026-01-10" },
    { partner_key: "sf:p2", name: "Contour", type: "other", tier: null, agreed_on: "2026-01-31" },
  ]);
});

test("a lookup to it declares the partner of a deal", async () => {
  expect(await built.rows("select deal_key, partner_key from staging.stg_deals")).toEqual([
    { deal_key: "sf:o1", partner_key: "sf:p2" },
  ]);
});

test("an object gives registrations, its picklist in our words; a word of nobody's is a bad cell", async () => {
  expect(
    await built.rows(
      "select registration_key, partner_key, deal_key, status, amount_minor, currency, protection_ends_on, epoch_ms(decided_at) as decided from staging.stg_registrations",
    ),
  ).toEqual([
    {
      registration_key: "sf:r1",
      partner_key: "sf:p1",
      deal_key: "sf:o1",
      status: "approved",
      amount_minor: 125_050,
      currency: "EUR",
      protection_ends_on: "2026-09-30",
      decided: Date.parse("2026-03-11T08:00:00Z"),
    },
  ]);
  expect(await built.rows("select entity_key, column_name, value from staging.quarantine")).toEqual([
    { entity_key: "sf:r2", column_name: "status", value: "Odd" },
  ]);
});

test("an object gives roles by their labels; one that went was removed when the log saw it go, an empty one is none", async () => {
  expect(
    await built.rows(
      "select partner_key, role, share, epoch_ms(removed_at) as removed from staging.stg_deal_partners order by partner_key",
    ),
  ).toEqual([
    { partner_key: "sf:p1", role: "helper", share: "40.000000000000", removed: Date.parse("2026-07-01T02:00:00Z") },
    { partner_key: "sf:p2", role: "sourced", share: "60.000000000000", removed: null },
  ]);
});

test("what was mapped is published with its object", async () => {
  expect(
    await built.rows(
      "select column_name, found_as from quality.file_column where file = 'Deal_Team__c' order by column_name",
    ),
  ).toEqual([
    { column_name: "deal_id", found_as: "Deal__c" },
    { column_name: "partner_id", found_as: "Partner__c" },
    { column_name: "recorded_at", found_as: "CreatedDate" },
    { column_name: "role", found_as: "Label__c" },
    { column_name: "share", found_as: "Split__c" },
  ]);
});
