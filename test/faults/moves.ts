import type { Sandbox, Vendor } from "../../src/sandbox/index.ts";
import type { randomFor } from "../../src/sandbox/random.ts";
import { idsIn, type Truth } from "./truth.ts";

type Random = ReturnType<typeof randomFor>;

/** A day of a vendor's account before a reading. */
interface Day {
  readonly sandbox: Sandbox;
  /** What there was in the morning. */
  readonly truth: Truth;
  readonly random: Random;
  /** A moment of the day, ISO 8601. */
  readonly at: string;
  /** A number that no other move of the run has. */
  readonly number: number;
}

type Moves = readonly (readonly [weight: number, move: (day: Day) => void])[];

const pick = (day: Day, stream: string, op?: string): string => day.random.pick(idsIn(day.truth, stream, op));

/** How much goes on at a vendor in a day at most, and the moves that may. */
const moves: Readonly<Record<Vendor, Moves>> = {
  hubspot: [
    [5, (day) => day.sandbox.hubspot.edits.set("deals", pick(day, "deals"), { amount: `${day.number}.5` }, day.at)],
    [3, (day) => day.sandbox.hubspot.edits.set("deals", pick(day, "deals"), { dealstage: "closedwon" }, day.at)],
    [3, (day) => day.sandbox.hubspot.edits.set("companies", pick(day, "companies"), { name: `${day.number}` }, day.at)],
    [2, addRecord],
    [2, (day) => day.sandbox.hubspot.edits.archive("deals", pick(day, "deals"), day.at)],
    [1, (day) => day.sandbox.hubspot.edits.archive("companies", pick(day, "companies"), day.at)],
    [2, (day) => day.sandbox.hubspot.edits.restore("deals", pick(day, "deals", "delete archived"))],
    [1, (day) => day.sandbox.hubspot.edits.purge("deals", pick(day, "deals"))],
    [1, (day) => merge(day, "deals")],
    [1, (day) => merge(day, "companies")],
    [3, (day) => day.sandbox.hubspot.edits.associate(pick(day, "deals"), companiesFor(day))],
  ],
  salesforce: [
    [
      5,
      (day) =>
        day.sandbox.salesforce.edits.set("Opportunity", pick(day, "Opportunity"), { Amount: day.number }, day.at),
    ],
    [3, enterStage],
    [
      3,
      (day) => day.sandbox.salesforce.edits.set("Account", pick(day, "Account"), { Name: `A ${day.number}` }, day.at),
    ],
    [2, (day) => day.sandbox.salesforce.edits.add("Account", idOf("001", day), { Name: `New ${day.number}` }, day.at)],
    [2, (day) => day.sandbox.salesforce.edits.remove("Opportunity", pick(day, "Opportunity"), day.at)],
    [1, (day) => day.sandbox.salesforce.edits.remove("OpportunityHistory", pick(day, "OpportunityHistory"), day.at)],
    [
      2,
      (day) =>
        day.sandbox.salesforce.edits.undelete("Opportunity", pick(day, "Opportunity", "delete archived"), day.at),
    ],
    [2, (day) => day.sandbox.salesforce.edits.erase("Opportunity", pick(day, "Opportunity"), day.at)],
    [1, (day) => day.sandbox.salesforce.edits.purge("Opportunity", pick(day, "Opportunity"))],
    [1, (day) => day.sandbox.salesforce.edits.purge("OpportunityPartner", pick(day, "OpportunityPartner"))],
    [1, mergeAccounts],
    [1, manyAtOnce],
  ],
  stripe: [
    [4, (day) => setStripe(day, "customers", { name: `C ${day.number}` }, "customer.updated")],
    [4, (day) => setStripe(day, "invoices", { amount_paid: day.number }, "invoice.updated")],
    [2, (day) => setStripe(day, "refunds", { status: "failed" }, "refund.failed")],
    [1, (day) => setStripe(day, "disputes", { status: "lost" }, "charge.dispute.closed")],
    [2, (day) => addStripe(day, "customers", "cus", "customer.created")],
    [2, (day) => addStripe(day, "invoices", "in", "invoice.created")],
    [2, (day) => day.sandbox.stripe.edits.refund(`re_9Q${day.number}`, pick(day, "refunds"), 100, day.at)],
    [1, (day) => day.sandbox.stripe.edits.remove("customers", pick(day, "customers"), day.at)],
    [1, (day) => day.sandbox.stripe.edits.remove("invoices", pick(day, "invoices"), day.at)],
    [2, changeLines],
  ],
};

const idOf = (prefix: string, day: Day): string => `${prefix}Qy${String(day.number).padStart(10, "0")}AAA`;

function addRecord(day: Day): void {
  const { edits } = day.sandbox.hubspot;
  const id = String(99_000_000_000 + day.number);
  edits.add("deals", id, { dealname: `New ${day.number}`, pipeline: "default", dealstage: "closedlost" }, day.at);
  edits.associate(id, companiesFor(day));
}

/** Up to three companies in one role or another. */
function companiesFor(day: Day): (readonly [string, readonly number[]])[] {
  const ids = new Set(Array.from({ length: day.random.int(0, 3) }, () => pick(day, "companies")));
  return [...ids].map((id) => [id, day.random.chance(0.5) ? [5, 341] : [341]] as const);
}

function merge(day: Day, type: "deals" | "companies"): void {
  const [from, into] = [pick(day, type), pick(day, type)];
  if (from !== into) day.sandbox.hubspot.edits.merge(type, from, into, day.at);
}

function enterStage(day: Day): void {
  const deal = pick(day, "Opportunity");
  const { edits } = day.sandbox.salesforce;
  edits.set("Opportunity", deal, { StageName: "Closed Won", IsWon: true, IsClosed: true }, day.at);
  edits.add("OpportunityHistory", idOf("008", day), { OpportunityId: deal, StageName: "Closed Won" }, day.at);
}

function mergeAccounts(day: Day): void {
  const [from, into] = [pick(day, "Account"), pick(day, "Account")];
  if (from !== into) day.sandbox.salesforce.edits.merge(from, into, day.at);
}

/** Rows that share one stamp, more of them than fit into a page. */
function manyAtOnce(day: Day): void {
  for (const id of idsIn(day.truth, "Opportunity")) {
    day.sandbox.salesforce.edits.set("Opportunity", id, { Amount: day.number }, day.at);
  }
}

type StripeStream = "customers" | "invoices" | "refunds" | "disputes";

function setStripe(day: Day, list: StripeStream, fields: Readonly<Record<string, unknown>>, type: string): void {
  day.sandbox.stripe.edits.set(list, pick(day, list), fields, day.at, type);
}

function addStripe(day: Day, list: "customers" | "invoices", prefix: string, type: string): void {
  const like = day.truth.get(list)?.get(pick(day, list))?.payload ?? {};
  const { id: _id, created: _created, lines: _lines, payments: _payments, ...fields } = like;
  day.sandbox.stripe.edits.add(list, `${prefix}_9Q${day.number}`, fields, day.at, type);
}

function changeLines(day: Day): void {
  const long = [...(day.truth.get("invoice_lines")?.values() ?? [])].map((line) => String(line.payload.invoice));
  const invoice = day.random.pick(long.length === 0 ? idsIn(day.truth, "invoices") : long);
  day.sandbox.stripe.edits.lines(
    invoice,
    (lines) => {
      if (day.random.chance(0.3)) return lines.slice(0, -1);
      return lines.map((line) => ({ ...line, description: `Seats ${day.number}` }));
    },
    day.at,
  );
}

// Two moves of a day may want the same record; the later one finds it gone and does not happen.
const impossible = /^no item at place|^the (portal|org|account) has no /;

/** Lets a day pass at a vendor: up to `most` moves among the records that it had in the morning. */
export function liveThrough(options: {
  readonly sandbox: Sandbox;
  readonly vendor: Vendor;
  readonly random: Random;
  /** Epoch milliseconds of its end. */
  readonly now: number;
  readonly most: number;
  readonly truth: Truth;
  readonly nextNumber: () => number;
}): void {
  const { sandbox, vendor, random, now, most, truth, nextNumber } = options;
  const possible = moves[vendor];
  const weights = possible.reduce((sum, [weight]) => sum + weight, 0);
  for (let left = random.int(0, most); left > 0; left -= 1) {
    let chosen = random.between(0, weights);
    const move = possible.find(([weight]) => {
      chosen -= weight;
      return chosen < 0;
    });
    const at = new Date(now - random.int(1, 23 * 60) * 60_000).toISOString();
    try {
      move?.[1]({ sandbox, truth, random, at, number: nextNumber() });
    } catch (error) {
      if (!(error instanceof Error) || !impossible.test(error.message)) throw error;
    }
  }
}
