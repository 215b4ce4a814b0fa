import path from "node:path";
import { createCompany } from "../../src/sandbox/company/create.ts";
import { openPortal } from "../../src/sandbox/hubspot-records.ts";
import { type FaultHook, startSandbox, type Vendor, vendorNames, writeConfig } from "../../src/sandbox/index.ts";
import { hashOf } from "../../src/sandbox/random.ts";
import { openOrg } from "../../src/sandbox/salesforce-records.ts";
import { openStripe } from "../../src/sandbox/stripe-records.ts";
import { limitersOf, purposeOf } from "./counted.ts";
import type { Holding, Holdings } from "./least.ts";
import type { Told } from "./messages.ts";

// The vendors in a process of their own: what they hold must not count as the memory of the one that reads them.

const [size = "1000", latency = "0", folder = ""] = process.argv.slice(2);
const day = 86_400_000;
const now = Date.parse("2026-09-30T12:00:00Z");
const company = createCompany({ seed: 7, now, size: Number(size) });

let night = 0;
const clock = (): number => now + night * day + performance.now();

interface Tally {
  streams: Record<string, { requests: number; counts: number }>;
  limiters: Map<string, { rate: number; requests: number }>;
  refused: number;
}
const fresh = (): Tally => ({ streams: {}, limiters: new Map(), refused: 0 });
const tallies = new Map<Vendor, Tally>(vendorNames.map((vendor) => [vendor, fresh()]));
const objectAt = new Map<string, string>();

function count(vendor: Vendor): FaultHook {
  return (request) => {
    const tally = tallies.get(vendor);
    if (tally === undefined) return undefined;
    const { stream, isCount } = purposeOf(vendor, request, objectAt, account.deletedCustomers);
    const known = tally.streams[stream] ?? { requests: 0, counts: 0 };
    tally.streams[stream] = { requests: known.requests + 1, counts: known.counts + (isCount ? 1 : 0) };
    return {
      ...(latency === "0" ? {} : { delayMs: Number(latency) }),
      alter: (reply) => {
        if (reply.status === 429) tally.refused += 1;
        // What a limiter did not let through took nothing of its time.
        else
          for (const [name, rate] of limitersOf(vendor, request)) {
            tally.limiters.set(name, { rate, requests: (tally.limiters.get(name)?.requests ?? 0) + 1 });
          }
        const [, next] = /"nextRecordsUrl":"([^"]+)"/.exec(reply.body.slice(-400) + reply.body.slice(0, 400)) ?? [];
        if (next !== undefined) objectAt.set(next, stream);
        const [, job] = request.path.endsWith("/jobs/query") ? (/"id":"(\w+)"/.exec(reply.body) ?? []) : [];
        if (job !== undefined) objectAt.set(job, stream);
        return reply;
      },
    };
  };
}

const sandbox = await startSandbox({
  company,
  clock,
  faults: { hubspot: count("hubspot"), salesforce: count("salesforce"), stripe: count("stripe") },
});

/** One in a hundred, told by the id. */
const changesAtNight = (id: string): boolean => hashOf(id, "night") % 100 === 0;
const some = (ids: readonly string[]): ReadonlySet<string> => new Set(ids.filter(changesAtNight));

const portal = openPortal(company);
const org = openOrg(company);
const account = openStripe(company);
const hubspotIds = (type: "deals" | "companies"): readonly string[] => portal[type].map((record) => record.id);
const orgIds = (object: string): readonly string[] =>
  (org.get(object)?.records ?? []).filter((record) => record.IsDeleted !== true).map((record) => String(record.Id));
const stripeLists = ["customers", "invoices", "refunds", "disputes"] as const;
const stripeIds = (list: (typeof stripeLists)[number]): readonly string[] => account.lists[list].map(({ id }) => id);

const partnerIds = portal.companies
  .filter(({ properties }) => ["PARTNER", "RESELLER"].includes(properties.type ?? ""))
  .map(({ id }) => id);

const one: Holding = { records: 1, changed: 0 };
const holding = (ids: readonly string[], archived?: number): Holding => ({
  records: ids.length,
  changed: some(ids).size,
  ...(archived === undefined ? {} : { archived }),
});

function hubspotHoldings(): Holdings {
  const archivedOwners = portal.owners.filter((owner) => owner.isArchived).length;
  return {
    account: one,
    currencies: one,
    "properties.deals": one,
    "properties.companies": one,
    pipelines: one,
    owners: { records: portal.owners.length - archivedOwners, archived: archivedOwners, changed: 0 },
    "association_labels.deals.companies": one,
    companies: holding(hubspotIds("companies"), portal.archivedCompanies.length),
    "companies.tiers": holding(partnerIds),
    deals: holding(hubspotIds("deals"), portal.archivedDeals.length),
    "associations.deals.companies": { records: portal.deals.length, changed: 0 },
  };
}

const stampedObjects = ["Account", "Opportunity", "OpportunityHistory", "User"];

function salesforceHoldings(): Holdings {
  const read = [...stampedObjects, "OpportunityPartner", "OpportunityStage", "CurrencyType", "DatedConversionRate"];
  return {
    sign_in: one,
    describe: { records: read.length + 1, changed: 0 },
    ...Object.fromEntries(
      [...read, "Organization"].map((object) => {
        const records = org.get(object)?.records.length ?? 0;
        return [object, { records, changed: stampedObjects.includes(object) ? some(orgIds(object)).size : 0 }];
      }),
    ),
  };
}

function stripeHoldings(): Holdings {
  const long = stripeIds("invoices").filter((id) => account.linesOf(id).length > 10);
  const closed = account.lists.events.filter((event) => event.type === "charge.dispute.closed").length;
  return {
    ...Object.fromEntries(stripeLists.map((list) => [list, holding(stripeIds(list))])),
    invoice_lines: holding(long),
    events: { records: closed, changed: 0 },
    deleted_customers: { records: account.deletedCustomers.size, changed: 0 },
  };
}

const holdings: Readonly<Record<Vendor, () => Holdings>> = {
  hubspot: hubspotHoldings,
  salesforce: salesforceHoldings,
  stripe: stripeHoldings,
};

/** A night later, one record in a hundred has changed. */
function passNight(): void {
  night += 1;
  const at = new Date(clock() - 6 * 3_600_000).toISOString();
  for (const type of ["deals", "companies"] as const) {
    sandbox.hubspot.edits.setAll(
      type,
      some(hubspotIds(type)),
      type === "deals" ? { amount: "4711" } : { country: "CH" },
      at,
    );
  }
  for (const object of stampedObjects) {
    sandbox.salesforce.edits.setAll(object, some(orgIds(object)), {}, at);
  }
  const types = {
    customers: "customer.updated",
    invoices: "invoice.updated",
    refunds: "refund.updated",
    disputes: "charge.dispute.updated",
  };
  for (const list of stripeLists) {
    sandbox.stripe.edits.setAll(list, some(stripeIds(list)), { metadata: { night: String(night) } }, at, types[list]);
  }
}

function tell(vendor: Vendor): Told {
  const { streams, limiters, refused } = tallies.get(vendor) ?? fresh();
  tallies.set(vendor, fresh());
  const floors = [...limiters].map(([limiter, { rate, requests }]) => ({
    limiter,
    requests,
    seconds: requests / rate,
  }));
  const floor = floors.toSorted((first, second) => second.seconds - first.seconds)[0] ?? null;
  return { streams, refused, floor, holdings: holdings[vendor]() };
}

/** Has a vendor make ready what it makes once for whoever asks first, which is no part of how long answers take. */
async function makeReady(url: string, key: string): Promise<void> {
  const reply = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}`);
  await reply.arrayBuffer();
}

await makeReady(`${sandbox.hubspot.url}/crm/v3/objects/deals?limit=1`, sandbox.hubspot.token);
await makeReady(`${sandbox.stripe.url}/v1/invoices?limit=1&expand[]=data.payments`, sandbox.stripe.key);
for (const vendor of vendorNames) tallies.set(vendor, fresh());

process.on("message", (question: { readonly ask: string; readonly vendor?: Vendor }) => {
  if (question.ask === "night") passNight();
  process.send?.(question.vendor === undefined ? { at: clock() } : tell(question.vendor));
});
process.send?.({ config: writeConfig(sandbox, path.join(folder, "drop"), path.join(folder, "home")) });
