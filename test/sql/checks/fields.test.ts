import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/extract/log.ts";
import { build } from "../../support/build.ts";

// What a vendor's object is made of changes: a property is a record of its own at HubSpot, a describe holds all fields at
// Salesforce.

const version = (source: string, stream: string, id: string, day: string, payload: object | null): LogRecord => ({
  source,
  stream,
  id,
  seenAt: new Date(`${day}T02:00:00Z`),
  runId: day,
  operation: payload === null ? "delete" : "upsert",
  reason: payload === null ? "gone" : null,
  sourceUpdatedAt: null,
  payload: JSON.stringify(payload ?? {}),
});

const property = (name: string, day: string, type: string | null): LogRecord =>
  version("hubspot", "properties.deals", name, day, type === null ? null : { name, type });

const describe = (day: string, fields: Readonly<Record<string, string>>): LogRecord =>
  version("salesforce", "describe", "Opportunity", day, {
    name: "Opportunity",
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  });

const sources = [
  { name: "hubspot", kind: "hubspot", access_token: "t" },
  { name: "salesforce", kind: "salesforce", instance_url: "https://x.example", access_token: "t" },
];

test("fields that came, went or changed their type are told; those that were read, with their weight", async () => {
  const built = await build(
    {},
    {
      sources,
      records: [
        property("amount", "2026-09-01", "number"),
        property("partner_id", "2026-09-01", "string"),
        property("colour", "2026-09-01", "string"),
        property("old", "2026-09-01", "string"),
        version("hubspot", "deals", "1", "2026-09-20", { id: "1", properties: { amount: "1", partner_id: "9" } }),
        // Nine days before the as-of date: told long enough, unless it was read.
        property("old", "2026-09-21", null),
        property("still_gone", "2026-09-01", "string"),
        version("hubspot", "deals", "2", "2026-09-01", { id: "2", properties: { still_gone: "1" } }),
        property("still_gone", "2026-09-05", null),
        property("partner_id", "2026-09-29", null),
        property("colour", "2026-09-29", null),
        property("amount", "2026-09-29", "string"),
        property("shape", "2026-09-29", "string"),
        describe("2026-09-20", { Id: "id", Amount: "currency", Colour__c: "string", StageName: "picklist" }),
        version("salesforce", "Opportunity", "006", "2026-09-20", { Id: "006", Amount: 1, StageName: "Won" }),
        describe("2026-09-28", { Id: "id", Colour__c: "picklist", StageName: "string" }),
        describe("2026-09-29", { Id: "id", Colour__c: "picklist", StageName: "string", Shape__c: "string" }),
      ],
    },
  );
  const issues = await built.rows(
    "select check_id, severity, entity_key, message from quality.issue where check_id like 'field%' order by all",
  );
  expect(issues.map((row) => Object.values(row).join(" | "))).toEqual([
    "field_drift | info | hubspot:deals.colour | it is gone",
    "field_drift | info | hubspot:deals.shape | it is new",
    "field_drift | info | salesforce:Opportunity.Colour__c | its type was string and is picklist",
    "field_drift | info | salesforce:Opportunity.Shape__c | it is new",
    "field_gone | error | hubspot:deals.partner_id | it was read until now and is gone, or these credentials may no longer read it",
    "field_gone | error | hubspot:deals.still_gone | it was read until now and is gone, or these credentials may no longer read it",
    "field_gone | error | salesforce:Opportunity.Amount | it was read until now and is gone, or these credentials may no longer read it",
    "field_retyped | warning | hubspot:deals.amount | its type was number and is string",
    "field_retyped | warning | salesforce:Opportunity.StageName | its type was picklist and is string",
  ]);
});
