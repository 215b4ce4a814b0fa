import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import { buildWarehouse } from "../../src/models/build.ts";
import { createCompany, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { openLog, readNight } from "../faults/night.ts";
import { entryOf } from "../support/entry.ts";

// Accounts as they are found: an org without the features that others have, a portal full of properties, a key that may do little.

const company = createCompany({ seed: 5, now: new Date("2026-09-10T12:00:00Z"), size: 12 });
const at = Date.parse("2026-09-10T14:00:00Z");
const day = 86_400_000;
const generous = {
  hubspot: { tenSeconds: 1e9, searchesPerSecond: 1e9, associationsPerRecord: 100 },
  stripe: { perSecond: 1e9, perEndpoint: 1e9 },
};

let sandbox: Sandbox;
let log: Awaited<ReturnType<typeof openLog>>;
const addresses: number[] = [];

const configOf = (vendors: readonly ("hubspot" | "salesforce" | "stripe")[]): string =>
  stringify({
    reporting: { currency: "USD" },
    sources: vendors.map((vendor) => ({
      ...entryOf(sandbox, vendor),
      ...(vendor === "hubspot"
        ? { mapping: { deals: { columns: { lost_reason: "custom_property_of_the_portal_217" } } } }
        : {}),
      ...(vendor === "salesforce" ? { currency: "EUR" } : {}),
    })),
  });

beforeAll(async () => {
  sandbox = await startSandbox({
    company,
    limits: generous,
    faults: {
      hubspot: (request) => {
        addresses.push(request.path.length + request.query.toString().length);
        return undefined;
      },
    },
  });
  const { hubspot, salesforce, stripe } = sandbox;
  hubspot.edits.define("deals", (known) => [
    ...known,
    ...Array.from({ length: 300 }, (_, place) => ({
      ...known[0]!,
      name: `custom_property_of_the_portal_${place}`,
      label: `Custom ${place}`,
      type: "string",
      hubspotDefined: false,
      calculated: false,
    })),
  ]);
  const moved = "2026-09-10T11:00:00.000Z";
  hubspot.edits.add("deals", "99000000001", { dealname: "Alliance", amount: "1000", dealstage: "closedwon" }, moved);
  hubspot.edits.set("deals", "99000000001", { custom_property_of_the_portal_217: "no budget" }, moved);
  const firms = Array.from({ length: 250 }, (_, place) => String(98_000_000_001 + place));
  for (const id of firms) hubspot.edits.add("companies", id, { name: `Firm ${id}` }, moved);
  hubspot.edits.associate(
    "99000000001",
    firms.map((id) => [id, [341]] as const),
  );
  for (const object of ["OpportunityPartner", "CurrencyType", "DatedConversionRate"]) salesforce.edits.withdraw(object);
  for (const object of ["Account", "Opportunity"]) {
    const absent = ["CurrencyIsoCode", "IsPartner"];
    salesforce.edits.define(object, (known) => known.filter((field) => !absent.includes(field.name)));
  }
  stripe.edits.restrict(["account", "charges", "payment_intents", "subscriptions", "credit_notes", "invoice_payments"]);
  log = await openLog(":memory:");
  const config = configOf(["hubspot", "salesforce", "stripe"]);
  await readNight({ config, log: "", runId: "first", at }, log);
  await readNight({ config, log: "", runId: "second", at: at + day }, log);
  await log.connection.run("attach ':memory:' as input; attach ':memory:' as warehouse; use warehouse");
  await buildWarehouse({
    connection: log.connection,
    config: parseConfig(config, "attributary.yaml", {}),
    asOf: { date: "2026-09-11", isExplicit: true },
  });
});

afterAll(async () => {
  log?.close();
  await sandbox?.close();
});

const cell = async (sql: string): Promise<unknown> =>
  Object.values((await log.connection.row<Record<string, unknown>>(sql)) ?? {})[0];

describe("a plain Salesforce org", () => {
  const living = company.rows.salesforce.deals.length;

  test("without partners' and currencies' objects and fields gives all its deals", async () => {
    expect(await cell("select count(*) from marts.fct_deal where source = 'salesforce'")).toBe(living);
    for (const object of ["OpportunityPartner", "CurrencyType", "DatedConversionRate"]) {
      expect(await cell(`select count(*) from raw.record where stream = '${object}'`)).toBe(0);
    }
  });

  test("has its amounts in the currency that the configuration names (R105)", async () => {
    expect(
      await log.connection.rows("select distinct currency from staging.stg_deals where source = 'salesforce'"),
    ).toEqual([{ currency: "EUR" }]);
  });
});

describe("a HubSpot portal with 300 properties of its own", () => {
  test("is asked for the one that the mapping names, in addresses far below any server's limit", async () => {
    expect(await cell("select lost_reason from marts.fct_deal where deal_key = 'hubspot:99000000001'")).toBe(
      "no budget",
    );
    expect(await cell("select count(*) from raw.record where stream = 'properties.deals'")).toBeGreaterThan(300);
    expect(Math.max(...addresses)).toBeLessThan(2000);
  });
});

describe("a deal with 250 companies", () => {
  test("has all of them in one record, and is one deal with its amount once", async () => {
    expect(
      await log.connection.rows(
        `select json_array_length(payload, '$.to') as companies
        from raw.record where stream = 'associations.deals.companies' and id = '99000000001'`,
      ),
    ).toEqual([{ companies: 250 }]);
    expect(
      await log.connection.rows("select amount_minor from marts.fct_deal where deal_key = 'hubspot:99000000001'"),
    ).toEqual([{ amount_minor: 100_000 }]);
  });
});

describe("a restricted Stripe key", () => {
  test("that may read customers, invoices, refunds, disputes and events is enough", async () => {
    expect(await cell("select count(*) from raw.record where stream = 'invoices' and run_id = 'first'")).toBe(
      company.rows.stripe.invoices.length,
    );
    expect(await cell("select count(*) from raw.load where source = 'stripe' and status = 'failed'")).toBe(0);
  });

  test("that lacks one of them is told which permission to give, and works once it has it", async () => {
    sandbox.stripe.edits.restrict(["events"]);
    const other = await openLog(":memory:");
    const night = { config: configOf(["stripe"]), log: "", runId: "restricted", at };
    const error = await readNight(night, other).then(
      () => "it worked",
      (thrown: unknown) => String(thrown),
    );
    expect(error).toContain("read access to events (rak_event_read)");
    sandbox.stripe.edits.restrict([]);
    await readNight({ ...night, runId: "mended" }, other);
    other.close();
  });
});
