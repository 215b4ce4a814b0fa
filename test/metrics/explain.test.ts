import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { explain } from "../../src/metrics/explain/explain.ts";
import type { DealExplanation, InvoiceExplanation, PartnerExplanation } from "../../src/metrics/explain/explanation.ts";
import { roundingOf } from "../../src/metrics/explain/odd-units.ts";
import { explanationText } from "../../src/metrics/explain/text.ts";
import type { Database } from "../../src/warehouse/database.ts";
import { type Built, buildKept } from "../support/build.ts";
import { scenarios } from "../support/scenarios.ts";

const { drop, add, deal, partners } = scenarios();
partners("a", "b", "c");
add("partners", { id: "d", name: "Partner d", type: "referral", ended_on: "2026-05-01" });
add("partners", { id: "z", name: "Partner z", type: "integration" });

deal("over");
add("overrides", {
  deal_id: "over",
  partner_id: "a",
  decision: "sourced",
  reason: "brought by phone",
  approver: "Ada",
  decided_at: "2026-07-20T09:00:00Z",
});

deal("reg");
const register = (id: string, partner: string, of: string, submitted: string, decided: string): void =>
  add("registrations", {
    id,
    partner_id: partner,
    deal_id: of,
    submitted_at: `${submitted}T09:00:00Z`,
    decided_at: `${decided}T09:00:00Z`,
    status: "approved",
  });
register("r-reg", "a", "reg", "2026-04-11", "2026-04-12");
const lead = (id: string, partner: string, of: string): void =>
  add("leads", {
    id,
    partner_id: partner,
    deal_id: of,
    received_at: "2026-04-10T08:00:00Z",
    accepted_at: "2026-04-11T08:00:00Z",
  });
lead("l-reg", "b", "reg");

deal("decl", { partner_id: "b", partner_role: "sourced", partner_declared_at: "2026-04-10T10:00:00Z" });

add("accounts", { id: "lead-account", name: "Lead Ltd", domain: "lead.example" });
deal("lead");
lead("l-lead", "c", "lead");

deal("direct");
deal("none", { partner_id: "b", partner_role: "sourced", partner_declared_at: "2026-04-10T10:00:00Z" });
add("overrides", {
  deal_id: "none",
  decision: "none",
  reason: "an old customer",
  approver: "Ada",
  decided_at: "2026-07-20T09:00:00Z",
});

deal("clash");
register("r-clash-a", "a", "clash", "2026-04-11", "2026-04-20");
register("r-clash-b", "b", "clash", "2026-04-12", "2026-04-15");
add("certifications", { id: "old", partner_id: "a", person: "Al", earned_on: "2025-01-01", expires_on: "2026-04-09" });
add("certifications", { id: "one", partner_id: "a", person: "Al", kind: "Cloud", earned_on: "2026-04-10" });
add("certifications", {
  id: "two",
  partner_id: "b",
  person: "Bo",
  kind: "Data",
  earned_on: "2026-04-01",
  expires_on: "2026-04-10",
});

deal("odd", { amount: "100.00" });
for (const id of ["a", "b", "c"]) {
  add("touches", {
    id: `t-${id}`,
    partner_id: id,
    deal_id: "odd",
    kind: "meeting",
    occurred_at: `2026-05-01T09:00:00Z`,
  });
}
add("touches", { id: "t-late", partner_id: "a", deal_id: "odd", kind: "meeting", occurred_at: "2026-07-01T09:00:00Z" });

deal("thirds", { amount: "100.00" });
for (const [partner, share] of [
  ["b", 1],
  ["c", 2],
] as const) {
  add("deal_partners", {
    deal_id: "thirds",
    partner_id: partner,
    role: "technical",
    share,
    recorded_at: "2026-04-20T09:00:00Z",
  });
}

deal("cross", { amount: "1000.00", currency: "CHF" });
add("fx_rates", { on: "2026-06-28", from_currency: "CHF", to_currency: "EUR", rate: "1.05" });
add("fx_rates", { on: "2026-06-29", from_currency: "EUR", to_currency: "USD", rate: "1.10" });

deal("twice", { excluded_as: "duplicate" });
register("r-twice", "b", "twice", "2026-04-13", "2026-04-14");
deal("merged", { merged_into_id: "reg" });
deal("broken", { state: "perhaps" });

const customer = (id: string, row: Record<string, string> = {}): void =>
  add("customers", { id, name: `Customer ${id}`, ...row });
const invoice = (id: string, of: string, row: Record<string, string> = {}): void =>
  add("invoices", {
    id,
    number: `No ${id}`,
    customer_id: of,
    status: "paid",
    issued_at: "2026-07-05",
    currency: "USD",
    total: "1190.00",
    tax: "190.00",
    ...row,
  });
const pay = (id: string, of: string, on: string, amount: string): void =>
  add("payments", { id, invoice_id: of, paid_at: on, amount, currency: "USD" });
const refund = (id: string, of: string, on: string, amount: string): void =>
  add("refunds", { id, payment_id: of, refunded_at: on, amount, currency: "USD" });
customer("c-reg", { account_id: "reg-account" });
invoice("i-reg", "c-reg", { deal_id: "reg" });
pay("p-reg", "i-reg", "2026-07-10", "1190.00");
refund("f-reg", "p-reg", "2026-08-05", "119.00");
invoice("i-held", "c-reg", { deal_id: "reg", total: "119.00", tax: "19.00" });
pay("p-held", "i-held", "2026-09-20", "119.00");
add("payouts", { id: "out", partner_id: "a", paid_at: "2026-09-15", amount: "20.00", currency: "USD" });
customer("c-odd", { account_id: "odd-account" });
invoice("i-odd", "c-odd", { deal_id: "odd", total: "119.00", tax: "19.00" });
pay("p-odd", "i-odd", "2026-07-10", "119.00");
refund("f-odd", "p-odd", "2026-08-05", "59.50");
customer("c-lead", { domain: "lead.example" });
invoice("i-lead", "c-lead");
customer("c-lost");
invoice("i-lost", "c-lost");

// Two accounts list one customer, and share the domain of another; a third has a domain that nobody else has.
for (const id of ["one", "two"]) {
  add("accounts", { id: `twin-${id}`, name: `Twin ${id}`, domain: "twin.example", customer_ids: "c-twin" });
}
customer("c-twin", { domain: "twin.example" });
invoice("i-twin", "c-twin");
customer("c-mail", { email: "al@gmail.com" });
invoice("i-mail", "c-mail");
customer("c-alone", { domain: "alone.example" });
invoice("i-alone", "c-alone");

let built: Built;
let database: Database;
beforeAll(async () => {
  built = await buildKept(drop, {
    config: { commissions: [{ name: "Referral", partner_type: "referral", rate: 10 }] },
  });
  database = {
    connect: async () => ({ ...built.connection, close: () => undefined }),
    attach: async () => undefined,
    detach: async () => undefined,
    letGo: async () => undefined,
    close: () => undefined,
  };
}, 60_000);
afterAll(() => built.close());

const dealOf = async (id: string): Promise<DealExplanation> => {
  const explanation = await explain(database, "deal", id);
  if (explanation.kind !== "deal") throw new Error(`${id} was explained as a ${explanation.kind}`);
  return explanation;
};
const invoiceOf = async (id: string): Promise<InvoiceExplanation> => {
  const explanation = await explain(database, "invoice", id);
  if (explanation.kind !== "invoice") throw new Error(`${id} was explained as a ${explanation.kind}`);
  return explanation;
};
const partnerOf = async (id: string): Promise<PartnerExplanation> => {
  const explanation = await explain(database, "partner", id);
  if (explanation.kind !== "partner") throw new Error(`${id} was explained as a ${explanation.kind}`);
  return explanation;
};

describe("a deal's verdict", () => {
  const won = "won on 30 Jun 2026, worth $1,000.00,";
  test.each([
    ["over", `Deal over (drop:over), ${won} is sourced by Partner a (drop:a): an override says so.`],
    ["reg", `Deal reg (drop:reg), ${won} is sourced by Partner a (drop:a): an approved registration decided it.`],
    [
      "decl",
      `Deal decl (drop:decl), ${won} is sourced by Partner b (drop:b): it is declared as the source on the deal.`,
    ],
    ["lead", `Deal lead (drop:lead), ${won} is sourced by Partner c (drop:c): an accepted lead decided it.`],
    ["direct", `Deal direct (drop:direct), ${won} is direct: no partner brought it or helped it.`],
    ["none", `Deal none (drop:none), ${won} is direct: an override says that no partner brought or helped it.`],
    [
      "odd",
      "Deal odd (drop:odd), won on 30 Jun 2026, worth $100.00, is influenced by Partner a (drop:a), Partner b (drop:b) and Partner c (drop:c); no rule names a partner as its source.",
    ],
    [
      "clash",
      `Deal clash (drop:clash), ${won} is sourced by Partner b (drop:b): an approved registration decided it. 2 partners claimed it: between Partner a and Partner b, Partner b's registration was approved first (15 Apr 2026, 09:00 UTC; Partner a's on 20 Apr 2026, 09:00 UTC).`,
    ],
    [
      "cross",
      "Deal cross (drop:cross), won on 30 Jun 2026, worth CHF 1,000.00 ($1,155.00), is direct: no partner brought it or helped it.",
    ],
    ["twice", `Deal twice (drop:twice), ${won} is left out of every number: it is marked as a duplicate.`],
  ])("%s", async (id, verdict) => {
    const explanation = await dealOf(`drop:${id}`);
    expect(explanation.verdict.replaceAll("\u00a0", " ")).toBe(verdict);
    expect(explanationText(explanation).split("\n")[0]).toBe(explanation.verdict);
  });
});

test("a deal left out keeps its amount and has nothing else to tell", async () => {
  const explanation = await dealOf("drop:twice");
  const { rules, evidence, credit, cash, days } = explanation;
  expect({ rules, evidence, credit, cash, days }).toEqual({
    rules: [],
    evidence: [],
    credit: [],
    cash: [],
    days: null,
  });
  const text = explanationText(explanation);
  expect(text).toContain("\n  amount        $1,000.00\n");
  expect(text).toContain(
    "\n  left out      marked as duplicate at its source; of which deal, by whom and when is not on record\n",
  );
  expect(text).toContain("\n  The deal is left out, so it earns no commission.\n");
});

describe("a deal's rules", () => {
  test("are tried in order until one decides, each with the claims it looked at", async () => {
    const { rules } = await dealOf("drop:reg");
    expect(rules.map(({ rule, isTried, outcome }) => [rule, isTried, outcome])).toEqual([
      ["override", true, "nothing"],
      ["registration", true, "source"],
      ["declared", false, null],
      ["lead", false, null],
    ]);
    expect(rules[1]?.claims).toEqual([
      {
        table: "registrations",
        key: "drop:r-reg",
        partner: { key: "drop:a", name: "Partner a" },
        claimedAt: new Date("2026-04-11T09:00:00Z"),
        isAccepted: true,
        reason: "registration submitted on 11 Apr 2026, approved on 12 Apr 2026, protected until 11 Jul 2026",
        recordedIn: {
          source: "drop",
          kind: "files",
          entity: "registrations",
          id: "r-reg",
          file: "registrations.csv",
          line: 2,
        },
      },
    ]);
    expect(rules[3]?.claims.map(({ key }) => key)).toEqual(["drop:l-reg"]);
    const text = explanationText(await dealOf("drop:reg"));
    expect(text).toContain("\n  1. Override: No override is on record.\n");
    expect(text).toContain(
      "\n  2. Registration: It decides: Partner a is the source.\n    counts: Partner a (drop:a), registration submitted on 11 Apr 2026, approved on 12 Apr 2026, protected until 11 Jul 2026 (drop: registrations.csv, line 2)\n",
    );
    expect(text).toContain(
      "\n  3. Declared source: not needed, as a registration ranks above a declared source.\n  4. Lead: not needed, as a registration ranks above a lead, whichever came first.\n    for information: Partner b (drop:b), lead received on 10 Apr 2026, accepted on 11 Apr 2026 (drop: leads.csv, line 2); it would have counted here\n",
    );
  });

  test("give way to an override of any day, told with who approved it and why", async () => {
    expect(explanationText(await dealOf("drop:over"))).toContain(
      "\n  1. Override: Ada, the approver, decided on 20 Jul 2026 that Partner a is the source. Reason given: brought by phone. (drop: overrides.csv, line 2)\n  2. Registration: not needed, as an override ranks above a registration.\n",
    );
    const text = explanationText(await dealOf("drop:none"));
    expect(text).toContain(
      "\n  1. Override: Ada, the approver, decided on 20 Jul 2026 that no partner brought or helped it. Reason given: an old customer. (drop: overrides.csv, line 3)\n",
    );
    expect(text).toContain(
      "\n  None of these days binds an override: it may come at any time, and one that names the source, or says there is none, replaces all other rules.\n",
    );
    expect(text).toContain(
      "\n  − 10 Apr 2026: named as source on the deal (a claim), Partner b (drop:b) (drop: deals.csv, line 7)\n",
    );
  });

  test("that left nobody are all told", async () => {
    const { rules } = await dealOf("drop:direct");
    expect(rules.map(({ rule, isTried }) => [rule, isTried])).toEqual(
      ["override", "registration", "declared", "lead", "none"].map((rule) => [rule, true]),
    );
  });
});

describe("a conflict", () => {
  test("names every claimant with what the steps look at, and the step that settled it", async () => {
    const { conflict } = await dealOf("drop:clash");
    expect(
      conflict?.claimants.map(({ partner, isSource, firstDecidedAt, firstClaimedAt, certifications }) => [
        partner.key,
        isSource,
        firstDecidedAt?.toISOString(),
        firstClaimedAt?.toISOString(),
        certifications.map(({ words, recordedIn }) => [words, recordedIn?.file, recordedIn?.line]),
      ]),
    ).toEqual([
      [
        "drop:a",
        false,
        "2026-04-20T09:00:00.000Z",
        "2026-04-11T09:00:00.000Z",
        [["Cloud, valid from 10 Apr 2026", "certifications.csv", 3]],
      ],
      [
        "drop:b",
        true,
        "2026-04-15T09:00:00.000Z",
        "2026-04-12T09:00:00.000Z",
        [["Data, valid 1 Apr 2026 to 10 Apr 2026", "certifications.csv", 4]],
      ],
    ]);
    expect(conflict?.steps.map(({ step, result, left }) => [step, result, left.map(({ key }) => key)])).toEqual([
      ["incumbent", "left all", ["drop:a", "drop:b"]],
      ["certification", "left all", ["drop:a", "drop:b"]],
      ["earliest_decided", "settled", ["drop:b"]],
      ["earliest_claimed", "not needed", []],
      ["smallest_key", "not needed", []],
    ]);
  });

  test("is not told of a deal that one partner claims", async () => {
    expect((await dealOf("drop:reg")).conflict).toBeNull();
  });
});

describe("a deal's evidence", () => {
  test("is listed in the order of time with what it is worth and why", async () => {
    const { evidence } = await dealOf("drop:odd");
    expect(evidence.map(({ key, source, counts, reason }) => [key, source, counts, reason])).toEqual([
      ["drop:t-a", "drop", true, "Counts: in the window and on record in time"],
      ["drop:t-b", "drop", true, "Counts: in the window and on record in time"],
      ["drop:t-c", "drop", true, "Counts: in the window and on record in time"],
      ["drop:t-late", "drop", false, "Does not count: 1 Jul 2026 is after the deal closed on 30 Jun 2026"],
    ]);
  });
});

describe("a deal's money", () => {
  test("goes to three partners alike with the odd cent at the smallest key", async () => {
    const { credit } = await dealOf("drop:odd");
    const linear = credit.find(({ model }) => model === "linear");
    expect(
      linear?.parts.map(({ partner, weight, totalWeight, amount, oddUnit }) => [
        partner.key,
        weight,
        totalWeight,
        amount?.minor,
        oddUnit,
      ]),
    ).toEqual([
      [
        "drop:a",
        1,
        3,
        3334,
        "Has $0.01 more than its exact part cut to whole cents: with equal fractions and weights the first key in the alphabet has it.",
      ],
      ["drop:b", 1, 3, 3333, null],
      ["drop:c", 1, 3, 3333, null],
    ]);
  });

  test("goes to two partners by their shares with the odd cent where more was left over", async () => {
    const { credit } = await dealOf("drop:thirds");
    const declared = credit.find(({ model }) => model === "declared_split");
    expect(declared?.parts.map(({ partner, amount, oddUnit }) => [partner.key, amount?.minor, oddUnit])).toEqual([
      [
        "drop:c",
        6667,
        "Has $0.01 more than its exact part cut to whole cents: the largest fraction was cut off there.",
      ],
      ["drop:b", 3333, null],
    ]);
  });

  test("of a single cent that goes back in three parts is borne by the first of equal parts", () => {
    const parts = [-1, 0, 0].map((minor, index) => ({ name: `p${index + 1}`, weight: 1, totalWeight: 3, minor }));
    expect(roundingOf(parts, { minor: -1, currency: "USD" }).story).toBe(
      "Exactly −$0.0033… each; cut to whole cents they make $0.00, so −$0.01 is missing: p1 bears it, as with equal fractions and weights the first key in the alphabet bears it.",
    );
  });

  test("is followed through payment and refund to the cent", async () => {
    const { cash } = await dealOf("drop:odd");
    expect(cash.map(({ key, kind, amount, collected }) => [key, kind, amount.minor, collected.minor])).toEqual([
      ["drop:p-odd", "payment", 11_900, 10_000],
      ["drop:f-odd", "refund", -5950, -5000],
    ]);
    // A third of 50.00 is 16.666…, three of them cut to cents are 49.98: two cents are missing, and the first two keys bear them.
    const refunded = cash[1]?.credit.filter(({ model }) => model === "linear") ?? [];
    expect(new Set(refunded.map(({ rounding }) => rounding))).toEqual(
      new Set([
        "Exactly −$16.6666… each; cut to whole cents they make −$49.98, so −$0.02 is missing: Partner a and Partner b bear −$0.01 each, as with equal fractions and weights the first key in the alphabet bears it.",
      ]),
    );
    expect(refunded.map(({ oddUnit }) => oddUnit?.slice(0, 20) ?? null)).toEqual([
      "Bears −$0.01 more th",
      "Bears −$0.01 more th",
      null,
    ]);
    const linear = cash.map(({ credit }) =>
      credit.filter(({ model }) => model === "linear").map(({ partner, amount }) => [partner.key, amount.minor]),
    );
    expect(linear).toEqual([
      [
        ["drop:a", 3334],
        ["drop:b", 3333],
        ["drop:c", 3333],
      ],
      [
        ["drop:a", -1667],
        ["drop:b", -1667],
        ["drop:c", -1666],
      ],
    ]);
  });

  test("in another currency comes with rate, date and path", async () => {
    const explanation = await dealOf("drop:cross");
    expect(explanation.deal.fx).toMatchObject({ rate: "1.155000000000", on: "2026-06-28", path: "cross" });
    expect(explanationText(explanation).replaceAll("\u00a0", " ")).toContain(
      `  amount        CHF 1,000.00 × 1.155, the rate of 28 Jun 2026, is $1,155.00
                no CHF–USD rate is on record by 30 Jun 2026, so it goes through EUR: 1.05 × 1.1 = 1.155, dated by the older of the two
                1 CHF = 1.05 EUR on 28 Jun 2026 (drop: fx_rates.csv, line 2)
                1 EUR = 1.1 USD on 29 Jun 2026 (drop: fx_rates.csv, line 3)
                a deal takes the last rate up to its close, 30 Jun 2026; a payment or refund the last rate up to the day it was made; in both cases at most 7 days old; halves round away from zero
`,
    );
  });

  test("earns a commission by the plan that is named, and gives it back with a refund", async () => {
    const { commission } = await dealOf("drop:reg");
    expect(commission.note).toBe(
      "Plan Referral is the first that fits: Partner a earns 10% of the cash before tax; payable 30 days after the payment.",
    );
    expect(
      commission.lines.map(({ kind, amount, entryOn, payableOn }) => [kind, amount.minor, entryOn, payableOn]),
    ).toEqual([
      ["earned", 10_000, "2026-07-10", "2026-08-09"],
      ["reversed", -1000, "2026-08-05", "2026-08-09"],
      ["earned", 1000, "2026-09-20", "2026-10-20"],
    ]);
    const text = explanationText(await dealOf("drop:reg"));
    expect(text).toContain(
      "\n  20 Sep 2026: earned $10.00 for Partner a: 10% of $100.00 before tax, from payment drop:p-held; payable from 20 Oct 2026\n  In all $100.00.\n",
    );
    // The payment of 10 Jul is payable 30 days later, on 9 Aug, after the refund.
    expect(text).toContain(
      "\n    1. plan Referral fits: it is for partners of type referral, and Partner a is of type referral\n  10 Jul 2026: earned $100.00 for Partner a: 10% of $1,000.00 before tax, from payment drop:p-reg; payable since 9 Aug 2026\n  5 Aug 2026: reversed −$10.00 for Partner a: 10% of −$100.00 before tax, taken back by drop:f-reg; deducted from 9 Aug 2026, the day the commission it takes back became payable\n",
    );
    expect((await dealOf("drop:direct")).commission.note).toBe(
      "No partner is the source, so nobody earns a commission.",
    );
  });

  test("says which model is the official one, and that it credits nobody where there is no source", async () => {
    const text = explanationText(await dealOf("drop:odd"));
    expect(text).toContain(
      "\n  Sourced wins is the official model: sourced figures and commission go by it alone; the others are comparisons.\n  sourced wins (official: all to the source) and declared split (by the shares given on the deal): nobody, as the deal has no source and gives no shares\n",
    );
    expect(text).toContain(
      "\n    of every $119.00 received $100.00 counts, the rest is tax\n    The invoice names the deal.\n",
    );
    expect(text).toContain("\n  In all $50.00 before tax.\n");
  });

  test("is all the source's where no touch counts and no roles share it", async () => {
    const over = explanationText(await dealOf("drop:over"));
    expect(over).toContain(
      "\n    Partner a: 100%, $1,000.00: No touch is on record; the source is the only partner, so every model gives it all\n",
    );
    expect(over).toContain(
      "\n    Partner a: 100%, $1,000.00: No list of partner roles is in effect on the deal, so all goes to the source, by override\n",
    );
    const declared = explanationText(await dealOf("drop:decl"));
    expect(declared).toContain(
      "\n    Partner b: 100%, $1,000.00: No list of partner roles is in effect on the deal, only the source named on the deal itself, so all goes to the source\n",
    );
    // Here the partner's declaration is a touch.
    expect(declared).toContain("\n    Partner b: 100%, $1,000.00: The only partner of the deal\n");
  });

  test("follows touches of one moment by their keys, kinds of record first", async () => {
    const odd = await dealOf("drop:odd");
    expect(explanationText(odd)).toContain(
      "\n  Those of one moment go by key, a role on the deal by its partner's: drop:t-a before drop:t-b before drop:t-c.\n",
    );
    const path = odd.path.map((step, index) => (index === 0 ? { ...step, table: "leads", key: "drop:z" } : step));
    expect(explanationText({ ...odd, path })).toContain(
      "\n  Those of one moment go by kind of record (the source's claim, roles, declarations, leads, overrides, registrations, other touches), then by key, a role on the deal by its partner's: drop:z before drop:t-b before drop:t-c.\n",
    );
  });

  test("marked as paid without a payment on record earns nothing", async () => {
    const explanation = await dealOf("drop:lead");
    expect(explanation.unpaidInvoices.map(({ key }) => key)).toEqual(["drop:i-lead"]);
    const text = explanationText(explanation);
    expect(text).toContain(
      "\n  Invoice No i-lead (drop:i-lead) of 5 Jul 2026, $1,190.00, is marked paid, but no payment is on record, so nothing is earned yet.\n",
    );
    expect(text).toContain(" Nothing earned so far: no payment received.\n");
  });

  test("is the marts' own, deal by deal", async () => {
    const keys = await built.rows<{ deal_key: string }>("select deal_key from marts.fct_deal order by deal_key");
    const told: DealExplanation[] = [];
    for (const { deal_key } of keys) told.push(await dealOf(deal_key));
    const sorted = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
    const kept = async (sql: string): Promise<string[]> =>
      sorted((await built.rows(sql)).map((row) => Object.values(row)));

    expect(
      sorted(
        told.flatMap(({ key, credit }) =>
          credit.flatMap(({ model, parts }) =>
            parts.map(({ partner, share, amount }) => [key, model, partner.key, share, amount?.minor ?? null]),
          ),
        ),
      ),
    ).toEqual(
      await kept("select deal_key, model, partner_key, share, amount_reporting_minor from marts.fct_deal_credit"),
    );
    expect(
      sorted(
        told.flatMap(({ key, cash }) =>
          cash.flatMap((row) =>
            row.credit.map(({ model, partner, amount }) => [key, row.key, model, partner.key, amount.minor]),
          ),
        ),
      ),
    ).toEqual(
      await kept(
        `select deal_key, cash_key, model, partner_key, credit.collected_reporting_minor
         from marts.fct_cash_credit as credit inner join marts.fct_cash using (cash_key)`,
      ),
    );
    expect(
      sorted(told.flatMap(({ commission }) => commission.lines.map(({ key, amount }) => [key, amount.minor]))),
    ).toEqual(await kept("select entry_key, amount_minor from marts.fct_commission where kind <> 'paid'"));
  });
});

describe("an invoice", () => {
  test("that names its deal is followed to account, deal, cash, credit and commission", async () => {
    const explanation = await invoiceOf("drop:i-reg");
    expect(explanation.verdict).toBe(
      "Invoice No i-reg (drop:i-reg) brought $900.00 before tax. It pays for Deal reg (drop:reg), which is sourced by Partner a (drop:a).",
    );
    expect(explanation.invoice.beforeTax).toEqual({ minor: 100_000, currency: "USD" });
    expect([explanation.account?.key, explanation.accountReason, explanation.dealReason]).toEqual([
      "drop:reg-account",
      "customer_account",
      "invoice_deal",
    ]);
    expect(explanation.credit.filter(({ model }) => model === "sourced_wins")).toEqual([
      {
        model: "sourced_wins",
        partner: { key: "drop:a", name: "Partner a" },
        amount: { minor: 90_000, currency: "USD" },
        oddUnit: null,
        rounding: null,
      },
    ]);
    expect(explanation.commission.map(({ kind, amount }) => [kind, amount.minor])).toEqual([
      ["earned", 10_000],
      ["reversed", -1000],
    ]);
    expect(explanationText(explanation)).toContain(
      "\n  before tax    $1,000.00; of every $1,190.00 received $1,000.00 counts, the rest is tax\n",
    );
  });

  test("that names none goes to the account's latest deal won, found by its domain", async () => {
    const explanation = await invoiceOf("drop:i-lead");
    expect(explanation.accountLink).toBe("The domain lead.example belongs to this account alone.");
    expect(explanation.dealLink).toBe(
      "The invoice names no deal; this is the account's latest deal won by the day of issue.",
    );
    expect(explanation.deal?.key).toBe("drop:lead");
    expect(explanation.verdict).toBe(
      "Invoice No i-lead (drop:i-lead) is marked paid, but no payment is on record, so nothing is earned yet. It pays for Deal lead (drop:lead), which is sourced by Partner c (drop:c).",
    );
    expect(explanationText(explanation)).toContain(
      "\n  If it was paid, add the payment at its source; if it was not, mend the status.\n",
    );
  });

  test("whose customer has no account says so", async () => {
    const explanation = await invoiceOf("drop:i-lost");
    expect(explanation.deal).toBeNull();
    expect(explanation.dealLink).toBe("The invoice names no deal, and its customer has no account.");
    expect(explanation.accountLink).toBe(
      "The customer's record names no account. No account lists the customer. The customer has no domain. An equal name never links them.",
    );
    expect(explanation.issues.map(({ check }) => check)).toContain("invoice_without_deal");
    expect(explanation.commissionNote).toBe("It belongs to no deal, so nobody earns a commission on it.");
  });

  test.each([
    [
      "twin",
      "2 accounts list the customer, Twin one (drop:twin-one) and Twin two (drop:twin-two), so none has it. Its domain, twin.example, belongs to 2 accounts, Twin one (drop:twin-one) and Twin two (drop:twin-two), so it tells nothing.",
    ],
    ["mail", "No account lists the customer. Its domain, gmail.com, is a mail provider's and tells nothing."],
    ["alone", "No account lists the customer. No account has its domain, alone.example."],
  ])("of customer %s says what was looked at in vain", async (id, looked) => {
    expect((await invoiceOf(`drop:i-${id}`)).accountLink).toBe(
      `The customer's record names no account. ${looked} An equal name never links them.`,
    );
  });

  test("of a deal that was only helped says who helped, and why nobody earns", async () => {
    const { verdict, commissionNote } = await invoiceOf("drop:i-odd");
    expect(verdict).toContain(
      "It pays for Deal odd (drop:odd), which Partner a, Partner b and Partner c influenced; nobody is its source.",
    );
    expect(commissionNote).toBe("No partner is the source, so nobody earns a commission.");
  });
});

describe("a partner", () => {
  test("comes with its state and why, its deals and its balance", async () => {
    const explanation = await partnerOf("drop:a");
    expect(explanation.verdict).toBe(
      "Partner a (drop:a) was never activated: it never had an accepted lead. It sourced 2 deals and influenced 2.",
    );
    // Leads are told of others; of overlaps no source tells anything.
    expect((await partnerOf("drop:z")).verdict).toBe(
      "Partner z (drop:z) was never activated: it never had an identified account overlap, and no partner of its type ever had, so perhaps no source tells of it (activation.events says what counts instead). It sourced 0 deals and influenced 0.",
    );
    expect(explanation.sourced.map(({ deal: { key }, rule }) => [key, rule])).toEqual([
      ["drop:over", "override"],
      ["drop:reg", "registration"],
    ]);
    expect(explanation.influenced.map(({ deal: { key } }) => key)).toEqual(["drop:clash", "drop:odd"]);
    expect(explanation.registrations.map(({ key }) => key).sort()).toEqual(["drop:r-clash-a", "drop:r-reg"]);
    const { earned, reversed, paid, owed, held } = explanation.commission;
    expect([earned.minor, reversed.minor, paid.minor, owed.minor, held.minor]).toEqual([
      11_000, -1000, 2000, 7000, 1000,
    ]);
    const text = explanationText(explanation);
    // One of the 12 events is a meeting after the close: it is activity, and nothing more.
    expect(text).toContain(
      "\nThe last 10 of 12 commercial events\n  1 Jul 2026: a touch: Deal odd (drop:odd), drop:t-late; activity only, no credit: 1 Jul 2026 is after the deal closed on 30 Jun 2026\n  30 Jun 2026: a deal it influenced was won: Deal clash (drop:clash)\n",
    );
    expect(text).toContain(
      "\n  Deal over (drop:over), Account over-account: won on 30 Jun 2026, $1,000.00, by override; no commission: no payment received\n",
    );
    expect(text).toContain(
      "approved on 20 Apr 2026, protected until 19 Jul 2026; the deal was won, Partner b is its source (the conflict was settled by the earliest decision); another partner registered it too (drop: registrations.csv, line 3)\n",
    );
    expect(text).toContain("\n  paid          −$20.00\n");
    expect(text).toContain("\n  held          $10.00, not payable yet: $10.00 from 20 Oct 2026\n");
    const balance = await built.rows<{ metric: string; value: string }>(
      `select metric, value from metrics.value where slice = 'partner' and slice_key = 'drop:a' and period = 'current'
       and metric in ('commission_owed', 'commission_held') order by metric`,
    );
    expect(balance.map(({ value }) => Math.round(Number(value) * 100))).toEqual([held.minor, owed.minor]);
  });

  test("that was activated says by what and when, and when it was last seen", async () => {
    // Approved until 13 Jul 2026 for a deal won on 30 Jun 2026, which is left out.
    expect(explanationText(await partnerOf("drop:b"))).toContain(
      "drop:r-twice for Deal twice (drop:twice): approved on 14 Apr 2026, protected until 13 Jul 2026; the deal is left out of every number: it is marked as a duplicate (drop: registrations.csv, line 5)\n",
    );
    const explanation = await partnerOf("drop:c");
    expect(explanation.activation).toEqual({ on: "2026-04-11", event: "accepted_lead" });
    expect(explanation.verdict).toBe(
      "Partner c (drop:c) is dormant: its last commercial event was on 30 Jun 2026 (a deal it sourced was won: Deal lead (drop:lead)), more than 90 days before 30 Sep 2026. It sourced 1 deal and influenced 2.",
    );
  });

  test("that ended says when", async () => {
    expect((await partnerOf("drop:d")).verdict).toBe(
      "Partner d (drop:d) is ended: its agreement ended on 1 May 2026. It sourced 0 deals and influenced 0.",
    );
  });
});

describe("a key", () => {
  const refusal = async (kind: "deal" | "partner" | "invoice", key: string): Promise<UserError> => {
    const error: unknown = await explain(database, kind, key).catch((thrown: unknown) => thrown);
    if (!(error instanceof UserError)) throw new Error(`${kind} ${key} was explained`);
    return error;
  };

  test("may be the bare id, or that of a record merged into another", async () => {
    expect((await dealOf("reg")).key).toBe("drop:reg");
    expect((await dealOf("drop:merged")).key).toBe("drop:reg");
  });

  test("that names nothing ends in exit code 2 and the nearest keys", async () => {
    const error = await refusal("deal", "drop:clahs");
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('no deal has the key "drop:clahs"');
    expect(error.fix).toMatch(/^the nearest are drop:clash \(Deal clash\), /);
    expect((await refusal("invoice", "no i-reg")).fix).toMatch(/^the nearest are drop:i-reg \(No i-reg\), /);
    expect((await refusal("partner", "partner c")).fix).toMatch(/^the nearest are drop:c \(Partner c\), /);
  });

  test("of a row that could not be read says why", async () => {
    expect((await refusal("deal", "drop:broken")).found).toMatch(/^drop:broken was left out: .*perhaps/);
  });
});
