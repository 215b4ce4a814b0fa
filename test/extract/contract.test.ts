import { expect, test } from "vitest";
import { type Company, createCompany } from "../../src/sandbox/index.ts";
import { type Contract, openContract } from "../support/contract.ts";

// Whatever happens at a vendor between two readings: a log that reads the changes stands as one that reads everything.

const companyOf = (size: number): Company => createCompany({ seed: 7, now: new Date("2026-09-10T12:00:00Z"), size });
// HubSpot's pages hold a hundred records whoever asks, so it takes more of them for a listing to be dear.
const large = companyOf(900);
const company = companyOf(600);
const small = companyOf(300);

const hours = 3_600_000;
const beginning = Date.parse("2026-09-10T14:00:00Z");

/** What happens at the vendor before one reading: `at(-1)` is an hour before it, `at(0)` the reading itself. */
type Step = readonly [what: string, change: (at: (hours: number) => string) => void, isCheap?: boolean];

/** Runs a first reading and then step after step, four hours apart, and compares the log with a fresh one after each. */
async function follow(contract: Contract, watched: readonly string[], steps: readonly Step[]): Promise<void> {
  const pagesOf = async (now: number): Promise<Readonly<Record<string, number>>> =>
    Object.fromEntries((await contract.run(new Date(now))).map((report) => [report.stream, report.pages]));
  const whole = await contract.whole();
  for (const [index, [what, change, isCheap = true]] of steps.entries()) {
    const now = beginning + 4 * (index + 1) * hours;
    change((ago) => new Date(now + ago * hours).toISOString());
    const pages = await pagesOf(now);
    expect({ what, differences: await contract.differences(new Date(now)) }).toEqual({ what, differences: [] });
    const listed = watched.filter((stream) => (pages[stream] ?? 0) >= (whole[stream] ?? 0));
    if (isCheap) expect({ what, listed }).toEqual({ what, listed: [] });
    else expect({ what, isListed: listed.length > 0 }).toEqual({ what, isListed: true });
  }
}

const item = <T>(list: readonly T[], place: number): T => {
  const found = list[place];
  if (found === undefined) throw new Error(`there is no item ${place}`);
  return found;
};

const idsOf = async (contract: Contract, stream: string, op = "upsert"): Promise<readonly string[]> =>
  (
    await contract.log.rows<{ id: string }>(
      `select id from raw.record where stream = '${stream}' and op = '${op}' order by id`,
    )
  ).map((row) => row.id);

test("HubSpot: the log of changes stands as a whole reading does", { timeout: 900_000 }, async () => {
  const contract = await openContract(large, "hubspot");
  const { edits } = contract.sandbox.hubspot;
  await contract.run(new Date(beginning));
  const deals = await idsOf(contract, "deals", "upsert");
  const companies = await idsOf(contract, "companies", "upsert");
  const archived = await idsOf(contract, "deals", "delete");
  const deal = (place: number): string => item(deals, place);
  const firm = (place: number): string => item(companies, place);
  const partners = (await idsOf(contract, "companies.tiers")).filter((id) => !companies.slice(0, 10).includes(id));

  await follow(
    contract,
    ["deals", "companies"],
    [
      ["nothing", () => {}],
      ["an amount", (at) => edits.set("deals", deal(3), { amount: "4711.5" }, at(-1))],
      [
        "a stage, a name, and a second change of the same deal",
        (at) => {
          edits.set("deals", deal(3), { dealstage: "closedwon" }, at(-2));
          edits.set("deals", deal(3), { dealname: "Renamed" }, at(-1));
          edits.set("companies", firm(4), { name: "Renamed Ltd" }, at(-1));
        },
      ],
      [
        "a partner's tier, one that was taken away, and a partner that is none any more; deals, many at one moment",
        (at) => {
          edits.set("companies", item(partners, 0), { partner_tier: "Platinum" }, at(-1));
          edits.set("companies", item(partners, 1), { partner_tier: null }, at(-1));
          edits.set("companies", item(partners, 2), { type: "PROSPECT" }, at(-1));
          for (let place = 0; place < 40; place += 1) edits.set("deals", deal(place), { amount: "1" }, at(-1));
        },
      ],
      [
        "new ones, and an archived one",
        (at) => {
          edits.add("deals", "99000000001", { dealname: "New", pipeline: "default", dealstage: "closedlost" }, at(-1));
          edits.add("companies", "98000000001", { name: "New Ltd" }, at(-1));
          edits.associate("99000000001", [["98000000001", [5, 341]]]);
          edits.archive("deals", deal(5), at(-1));
        },
      ],
      ["a restored one, whose date did not move", () => edits.restore("deals", deal(5))],
      // HubSpot keeps archived records for ninety days: only one that is older has to be looked for among all.
      ["a restored one that was archived years ago", () => edits.restore("deals", item(archived, 0)), false],
      [
        "associations moved, and no record",
        () => {
          edits.associate(deal(8), [[firm(1), [5, 341, 11]]]);
          edits.associate(deal(9), []);
        },
      ],
      [
        "a merge, and a chain of merges",
        (at) => {
          edits.merge("deals", deal(10), deal(11), at(-1));
          edits.merge("deals", deal(12), deal(13), at(-2));
          edits.merge("deals", deal(13), deal(14), at(-1));
          edits.merge("companies", firm(7), firm(8), at(-1));
        },
      ],
      [
        "a merge that makes a new record of both",
        (at) => {
          edits.add("deals", "99000000002", { dealname: "Both", pipeline: "default", dealstage: "closedlost" }, at(-2));
          edits.merge("deals", deal(15), "99000000002", at(-1));
          edits.merge("deals", deal(16), "99000000002", at(-1));
        },
      ],
      ["one gone without a trace", () => edits.purge("deals", deal(20)), false],
      [
        "one gone without a trace on the day another was restored",
        (at) => {
          edits.archive("deals", deal(21), at(-1));
          edits.purge("deals", deal(22));
        },
        false,
      ],
      [
        "both at once",
        () => {
          edits.restore("deals", deal(21));
          edits.purge("deals", deal(23));
        },
        false,
      ],
      [
        "properties that came and went, and no record that moved",
        () =>
          edits.define("deals", (known) => [
            ...known.filter((property) => property.name !== "closed_lost_reason"),
            ...known
              .filter((property) => property.name === "dealtype")
              .map((property) => ({ ...property, name: "own" })),
          ]),
        false,
      ],
      [
        "a change at the moment of the reading, and a date that HubSpot set back",
        (at) => {
          edits.set("deals", deal(31), { amount: "8" }, at(0));
          edits.set("deals", deal(30), { amount: "9" }, at(-5));
        },
      ],
    ],
  );
});

test("Salesforce: the log of changes stands as a whole reading does", { timeout: 900_000 }, async () => {
  const contract = await openContract(small, "salesforce");
  const { edits } = contract.sandbox.salesforce;
  await contract.run(new Date(beginning));
  const deals = await idsOf(contract, "Opportunity");
  const accounts = await idsOf(contract, "Account");
  const roles = await idsOf(contract, "OpportunityPartner");
  const deal = (place: number): string => item(deals, place);

  await follow(
    contract,
    ["Account", "Opportunity", "OpportunityHistory"],
    [
      ["nothing", () => {}],
      ["an amount", (at) => edits.set("Opportunity", deal(3), { Amount: 4711.5 }, at(-1))],
      [
        "a stage with its history",
        (at) => {
          edits.set("Opportunity", deal(3), { StageName: "Closed Won", IsWon: true, IsClosed: true }, at(-1));
          const entry = { OpportunityId: deal(3), StageName: "Closed Won", Amount: 4711.5 };
          edits.add("OpportunityHistory", "008Qy00000NEW01AAA", entry, at(-1));
        },
      ],
      [
        "many at one second, new ones, and one in the recycle bin",
        (at) => {
          for (let place = 0; place < 40; place += 1) edits.set("Opportunity", deal(place), { Amount: 1 }, at(-1));
          edits.add("Account", "001Qy00000NEW01AAA", { Name: "New Ltd" }, at(-1));
          edits.remove("Opportunity", deal(5), at(-1));
        },
      ],
      ["one taken out of it", (at) => edits.undelete("Opportunity", deal(5), at(-1))],
      [
        "one deleted for good, which only the log of deletions knows, and merged accounts",
        (at) => {
          edits.erase("Opportunity", deal(6), at(-1));
          edits.merge(item(accounts, 20), item(accounts, 21), at(-1));
        },
      ],
      ["a role that vanished, of which no log tells", () => edits.purge("OpportunityPartner", item(roles, 0))],
      [
        "a change at the moment of the reading, and a row that became visible late",
        (at) => {
          edits.set("Opportunity", deal(7), { Amount: 2 }, at(0));
          edits.set("Opportunity", deal(8), { Amount: 2 }, at(-4.2));
        },
      ],
      ["one gone without a trace", () => edits.purge("Opportunity", deal(9)), false],
      [
        "a field that went, and no row that moved",
        () => edits.define("Opportunity", (known) => known.filter((field) => field.name !== "NextStep")),
        false,
      ],
      ["nothing again", () => {}],
    ],
  );
});

test("Stripe: the log of changes stands as a whole reading does", { timeout: 900_000 }, async () => {
  const contract = await openContract(company, "stripe");
  const { edits } = contract.sandbox.stripe;
  await contract.run(new Date(beginning));
  const customers = await idsOf(contract, "customers");
  const invoices = await idsOf(contract, "invoices");
  const refunds = await idsOf(contract, "refunds");
  const disputes = await idsOf(contract, "disputes");
  const long = (
    await contract.log.rows<{ id: string }>(
      "select distinct payload ->> '$.invoice' as id from raw.record where stream = 'invoice_lines' order by id",
    )
  ).map((row) => row.id);
  const invoice = (place: number): string => item(invoices, place);

  await follow(
    contract,
    ["customers", "invoices"],
    [
      ["nothing", () => {}],
      [
        "an invoice of long ago that is paid",
        (at) => edits.set("invoices", invoice(3), { status: "paid", amount_paid: 4711 }, at(-1), "invoice.paid"),
      ],
      [
        "a payment of an invoice that tells only of itself",
        (at) => {
          edits.set("invoices", invoice(4), { amount_paid: 99 }, at(-1));
          const payment = { object: "invoice_payment", invoice: invoice(4), amount_paid: 99, status: "paid" };
          edits.add("invoice_payments", "inpay_9Q1", payment, at(-1), "invoice_payment.paid");
        },
      ],
      [
        "a refund months after its payment, one that failed, and a dispute that was lost",
        (at) => {
          edits.refund("re_9Q1", item(refunds, 0), 1234, at(-1));
          edits.set("refunds", item(refunds, 1), { status: "failed" }, at(-1), "refund.failed");
          edits.set("disputes", item(disputes, 0), { status: "lost" }, at(-1), "charge.dispute.closed");
        },
      ],
      [
        "many events in one second, and a new customer, of which an event comes late",
        (at) => {
          edits.add("customers", "cus_9Q1", { object: "customer" }, at(-1));
          for (let place = 0; place < 8; place += 1) {
            edits.set("customers", item(customers, place), { name: `Renamed ${place}` }, at(-1), "customer.updated");
          }
        },
      ],
      [
        "an event that shows up after its second",
        (at) => edits.set("customers", "cus_9Q1", { name: "Late" }, at(-4.5), "customer.updated"),
      ],
      ["a deleted customer, whose invoices stay", (at) => edits.remove("customers", item(customers, 2), at(-1))],
      [
        "a line that its invoice does not show itself",
        (at) => edits.lines(item(long, 0), (lines) => lines.map((line) => ({ ...line, description: "Seats" })), at(-1)),
      ],
      [
        "a line fewer, and at another invoice so few that all are shown",
        (at) => {
          edits.lines(item(long, 0), (lines) => lines.slice(0, -1), at(-1));
          edits.lines(item(long, 1), (lines) => lines.slice(0, 3), at(-1));
        },
      ],
      [
        "a long invoice that was deleted, and a draft",
        (at) => {
          edits.remove("invoices", item(long, 2), at(-1));
          edits.remove("invoices", invoice(9), at(-1));
        },
      ],
    ],
  );
});

test("Stripe: after more days than events are kept, everything is listed again", { timeout: 600_000 }, async () => {
  const contract = await openContract(small, "stripe");
  const { edits } = contract.sandbox.stripe;
  await contract.run(new Date(beginning));
  const [id = ""] = await idsOf(contract, "invoices");
  // No event tells of it any more.
  edits.set("invoices", id, { status: "void" }, new Date(beginning + 3 * 24 * hours).toISOString());
  const soon = new Date(beginning + 27 * 24 * hours);
  await contract.run(soon);
  expect((await contract.differences(soon)).length).toBe(1);
  const late = new Date(beginning + 57 * 24 * hours);
  await contract.run(late);
  expect(await contract.differences(late)).toEqual([]);
});

test("HubSpot: a reading of changes that breaks off in the middle is made up for by the next", {
  timeout: 120_000,
}, async () => {
  let left = Number.POSITIVE_INFINITY;
  const contract = await openContract(company, "hubspot", {
    fault: (request) => {
      if (!request.path.endsWith("/deals/batch/read")) return undefined;
      left -= 1;
      return left < 0 ? { reply: { status: 400, body: JSON.stringify({ message: "sorry" }) } } : undefined;
    },
  });
  const { edits } = contract.sandbox.hubspot;
  await contract.run(new Date(beginning));
  const deals = await idsOf(contract, "deals");
  const changed = new Date(beginning + 3 * hours).toISOString();
  for (const id of deals.slice(0, 120)) edits.set("deals", id, { amount: "77" }, changed);
  edits.archive("deals", item(deals, 130), changed);
  left = 2;
  await expect(contract.run(new Date(beginning + 4 * hours))).rejects.toThrow("400 (sorry)");
  // What had been read is in the log; what was marked as deleted is not, since the reading did not end.
  const rows = await contract.log.rows(
    "select count(*) as n from raw.record where payload ->> '$.properties.amount' = '77'",
  );
  expect(rows).not.toEqual([{ n: 0 }]);
  left = Number.POSITIVE_INFINITY;
  const again = new Date(beginning + 5 * hours);
  await contract.run(again);
  expect(await contract.differences(again)).toEqual([]);
});

test("HubSpot: what its search shows an hour late is read all the same, one refresh later", {
  timeout: 120_000,
}, async () => {
  let now = beginning;
  const contract = await openContract(small, "hubspot", {
    clock: () => now,
    limits: { hubspot: { searchLagMs: hours } },
  });
  const { edits } = contract.sandbox.hubspot;
  await contract.run(new Date(now));
  const [id = ""] = await idsOf(contract, "deals");
  const amounts = async (): Promise<unknown> =>
    (
      await contract.log.rows<{ amount: string }>(
        `select arg_max(payload ->> '$.properties.amount', seq) as amount from raw.record where stream = 'deals' and id = '${id}'`,
      )
    )[0]?.amount;
  now = beginning + 4 * hours;
  edits.set("deals", id, { amount: "5150" }, new Date(now - hours / 2).toISOString());
  await contract.run(new Date(now));
  expect(await amounts()).not.toBe("5150");
  now += hours;
  await contract.run(new Date(now));
  expect(await amounts()).toBe("5150");
});

test("another address is another vendor: everything is read again", { timeout: 600_000 }, async () => {
  const first = await openContract(small, "hubspot");
  await first.run(new Date(beginning));
  const second = await openContract(small, "hubspot");
  const [id = ""] = await idsOf(first, "deals");
  // As many records, and none of them changed lately.
  second.sandbox.hubspot.edits.set("deals", id, { amount: "1" }, "2025-01-01T00:00:00.000Z");
  const again = new Date(beginning + 48 * hours);
  await first.run(again, { config: second.config });
  expect(await second.differences(again, first.log)).toEqual([]);
});
