import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explain } from "../../src/metrics/explain/explain.ts";
import type { DealExplanation } from "../../src/metrics/explain/explanation.ts";
import { sayPlace } from "../../src/metrics/explain/places.ts";
import { explanationText } from "../../src/metrics/explain/text.ts";
import type { Database } from "../../src/warehouse/database.ts";
import { type Built, buildKept } from "../support/build.ts";
import { scenarios } from "../support/scenarios.ts";

const { drop, add, deal, partners } = scenarios();
partners("a", "b", "c");
add("partners", { id: "g", name: "Partner g", type: "agency", tier: "Gold" });

const register = (id: string, partner: string, of: string, submitted: string, decided?: string): void =>
  add("registrations", {
    id,
    partner_id: partner,
    deal_id: of,
    submitted_at: submitted,
    status: "approved",
    ...(decided === undefined ? {} : { decided_at: decided }),
  });
const certify = (id: string, partner: string, earned: string, expires: string): void =>
  add("certifications", { id, partner_id: partner, person: "Al", earned_on: earned, expires_on: expires });

// One account: b brought the deal won on 1 Mar; for its renewal, a claims first, but b is the incumbent.
add("accounts", { id: "kept", name: "Kept Ltd" });
deal("before", { account_id: "kept", created_at: "2026-01-10T09:00:00Z", closed_on: "2026-03-01" });
register("r-before", "b", "before", "2026-01-11T09:00:00Z", "2026-01-12T09:00:00Z");
deal("renewed", { account_id: "kept", order_type: "renewal" });
register("r-renewed-a", "a", "renewed", "2026-04-11T09:00:00Z", "2026-04-12T09:00:00Z");
register("r-renewed-b", "b", "renewed", "2026-04-13T09:00:00Z", "2026-04-14T09:00:00Z");

// Both a and b were the earlier; only b and c hold a certification on 10 Jan, and b was decided before c.
deal("narrowed", { created_at: "2025-01-10T09:00:00Z", closed_on: "2025-02-28" });
register("r-narrowed-a", "a", "narrowed", "2025-01-11T09:00:00Z", "2025-01-11T10:00:00Z");
register("r-narrowed-b", "b", "narrowed", "2025-01-12T09:00:00Z", "2025-01-13T09:30:00Z");
register("r-narrowed-c", "c", "narrowed", "2025-01-12T08:00:00Z", "2025-01-13T10:30:00Z");
certify("c-b", "b", "2025-01-01", "2025-01-31");
certify("c-c", "c", "2025-01-10", "2025-01-10");

// Only b is certified on 10 Jul 2025.
deal("certified", { created_at: "2025-07-10T09:00:00Z", closed_on: "2025-08-31" });
register("r-certified-a", "a", "certified", "2025-07-10T09:00:00Z", "2025-07-10T10:00:00Z");
register("r-certified-b", "b", "certified", "2025-07-12T09:00:00Z", "2025-07-13T09:30:00Z");
certify("c-july", "b", "2025-07-01", "2025-07-31");

// Two leads have no decision, so the earlier one has the deal.
deal("leads");
for (const [partner, at] of [
  ["a", "2026-04-09T08:00:00Z"],
  ["c", "2026-04-08T08:00:00Z"],
] as const) {
  add("leads", {
    id: `l-${partner}`,
    partner_id: partner,
    deal_id: "leads",
    received_at: at,
    accepted_at: "2026-04-10T08:00:00Z",
  });
}

// Two roles of the same instant: nothing but the key is left.
deal("alike");
for (const partner of ["b", "c"]) {
  add("deal_partners", {
    deal_id: "alike",
    partner_id: partner,
    role: "sourced",
    recorded_at: "2026-04-12T09:00:00Z",
  });
}

// One touch of each fate: the window is 10 Jan to 30 Jun, evidence ends on 14 Jul.
deal("touched");
const touch = (id: string, partner: string, on: string, row: Record<string, string> = {}): void =>
  add("touches", {
    id,
    partner_id: partner,
    deal_id: "touched",
    kind: "meeting",
    occurred_at: `${on}T09:00:00Z`,
    ...row,
  });
touch("t-early", "a", "2026-01-09");
touch("t-counts", "a", "2026-01-10");
touch("t-login", "b", "2026-05-01", { kind: "login" });
touch("t-late", "b", "2026-05-02", { recorded_at: "2026-07-15T09:00:00Z" });
touch("t-removed", "b", "2026-05-03", { removed_at: "2026-07-14T09:00:00Z" });
touch("t-kept", "c", "2026-05-04", { removed_at: "2026-07-15T09:00:00Z" });
touch("t-after", "c", "2026-07-01");

// Won by partner a on the last day of a quarter and paid that day; some of it goes back in the next quarter.
deal("earning");
add("overrides", {
  deal_id: "earning",
  partner_id: "a",
  decision: "sourced",
  reason: "brought by phone",
  approver: "Ada",
  decided_at: "2026-07-20T09:00:00Z",
});
add("customers", { id: "c-earning", name: "Customer", account_id: "earning-account" });
const bill = (id: string, of: string, on: string, total: string, tax: string, currency = "USD"): void => {
  add("invoices", {
    id: `i-${id}`,
    number: `No ${id}`,
    customer_id: "c-earning",
    deal_id: of,
    status: "paid",
    issued_at: on,
    currency,
    total,
    tax,
  });
  add("payments", { id: `p-${id}`, invoice_id: `i-${id}`, paid_at: on, amount: total, currency });
};
bill("first", "earning", "2026-06-30", "1190.00", "190.00");
bill("last", "earning", "2026-08-31", "11.90", "1.90");
add("refunds", { id: "f-first", payment_id: "p-first", refunded_at: "2026-08-05", amount: "119.00", currency: "USD" });

// Francs have no rate to dollars of their own: 1 euro is 0.95 francs, 1 dollar is 0.90 euros, so 95 francs are 111.11 dollars.
bill("franc", "touched", "2026-07-10", "95.00", "0.00", "CHF");
const quote = (on: string, from: string, to: string, rate: string): void =>
  add("fx_rates", { on, from_currency: from, to_currency: to, rate });
quote("2026-07-08", "EUR", "CHF", "0.95");
quote("2026-07-09", "USD", "EUR", "0.90");
quote("2026-06-30", "GBP", "USD", "1.25");
quote("2026-06-29", "USD", "SEK", "10");
deal("pound", { currency: "GBP" });
deal("crown", { currency: "SEK" });

let built: Built;
let database: Database;
beforeAll(async () => {
  built = await buildKept(drop, {
    config: {
      commissions: [
        { name: "Agencies", partner_type: ["agency", "reseller"], rate: 20 },
        { name: "Gold", tier: "gold", order_type: "renewal", rate: 15 },
        { name: "Old", to: "2026-06-29", rate: 9 },
        { name: "New", from: "2026-07-01", rate: 8 },
        { name: "Standard", rate: 10, months: 2 },
        { name: "Never", rate: 1 },
      ],
    },
  });
  database = {
    connect: async () => ({ ...built.connection, close: () => undefined }),
    attach: async () => undefined,
    detach: async () => undefined,
    close: () => undefined,
  };
}, 60_000);
afterAll(() => built.close());

const dealOf = async (id: string): Promise<DealExplanation> => {
  const explanation = await explain(database, "deal", id);
  if (explanation.kind !== "deal") throw new Error(`${id} was explained as a ${explanation.kind}`);
  return explanation;
};
const textOf = async (id: string): Promise<string> => explanationText(await dealOf(id)).replaceAll("\u00a0", " ");
/** The lines of one block of a text, its title left out. */
const blockOf = (text: string, title: string): readonly string[] => {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(title));
  if (start < 0) throw new Error(`there is no block "${title}"`);
  const end = lines.indexOf("", start);
  return lines.slice(start + 1, end).map((line) => line.slice(2));
};

describe("a conflict", () => {
  test.each([
    ["renewed", [["incumbent", "settled", ["drop:b"]]]],
    [
      "certified",
      [
        ["incumbent", "left all", ["drop:a", "drop:b"]],
        ["certification", "settled", ["drop:b"]],
      ],
    ],
    [
      "narrowed",
      [
        ["incumbent", "left all", ["drop:a", "drop:b", "drop:c"]],
        ["certification", "narrowed", ["drop:b", "drop:c"]],
        ["earliest_decided", "settled", ["drop:b"]],
      ],
    ],
    [
      "leads",
      [
        ["incumbent", "left all", ["drop:a", "drop:c"]],
        ["certification", "left all", ["drop:a", "drop:c"]],
        ["earliest_decided", "left all", ["drop:a", "drop:c"]],
        ["earliest_claimed", "settled", ["drop:c"]],
      ],
    ],
    [
      "alike",
      [
        ["incumbent", "left all", ["drop:b", "drop:c"]],
        ["certification", "left all", ["drop:b", "drop:c"]],
        ["earliest_decided", "left all", ["drop:b", "drop:c"]],
        ["earliest_claimed", "left all", ["drop:b", "drop:c"]],
        ["smallest_key", "settled", ["drop:b"]],
      ],
    ],
  ])("of deal %s is told step by step, down to the source of the marts", async (id, steps) => {
    const { conflict, source } = await dealOf(id);
    const told = conflict?.steps.filter(({ result }) => result !== "not needed") ?? [];
    expect(told.map(({ step, result, left }) => [step, result, left.map(({ key }) => key)])).toEqual(steps);
    expect(told.at(-1)?.step).toBe(conflict?.settledBy);
    expect(told.at(-1)?.left).toEqual([source]);
    expect(source?.key).toBe(
      await built.cell(`select source_partner_key from marts.fct_deal where deal_key = 'drop:${id}'`),
    );
  });

  test("reads as a story", async () => {
    expect(blockOf(await textOf("narrowed"), "The conflict")).toEqual([
      "Partner a (drop:a): 1 claim, first claimed 11 Jan 2025, first decided 11 Jan 2025",
      "Partner b (drop:b), who is the source: 1 claim, first claimed 12 Jan 2025, first decided 13 Jan 2025",
      "  holds certification, earned 1 Jan 2025, expires 31 Jan 2025 (drop: certifications.csv, line 2)",
      "Partner c (drop:c): 1 claim, first claimed 12 Jan 2025, first decided 13 Jan 2025",
      "  holds certification, earned 10 Jan 2025, expires 10 Jan 2025 (drop: certifications.csv, line 3)",
      "1. the incumbent of the account: A new deal has no incumbent; only a renewal or an expansion has. It tells nobody apart.",
      "2. an active certification: Only Partner b and Partner c held an active certification on 10 Jan 2025, when the deal was created. It leaves Partner b and Partner c.",
      "3. the earliest decision: Decided: Partner b on 13 Jan 2025, 09:30 UTC and Partner c on 13 Jan 2025, 10:30 UTC. It settles it: Partner b is left.",
      "4. the earliest claim: not needed, one was left.",
      "5. the smallest key: not needed, one was left.",
    ]);
    expect(blockOf(await textOf("renewed"), "The conflict").filter((line) => line.startsWith("1. "))).toEqual([
      "1. the incumbent of the account: The account's latest deal won before, Deal before (drop:before), was sourced by Partner b (drop:b), who claims this one too. It settles it: Partner b is left.",
    ]);
  });
});

describe("the evidence", () => {
  test("says of each touch why it counts or not, and in which line of which file it stands", async () => {
    const text = await textOf("touched");
    expect(text).toContain("\nWho helped: the evidence, 2 of 7 count\n");
    expect(blockOf(text, "Who helped")).toEqual([
      "− 9 Jan 2026: meeting by Partner a (drop:a) (drop: touches.csv, line 2)",
      "    Does not count: 9 Jan 2026 is before the window, which begins on 10 Jan 2026",
      "+ 10 Jan 2026: meeting by Partner a (drop:a) (drop: touches.csv, line 3)",
      "    Counts: in the window and on record in time",
      "− 1 May 2026: login by Partner b (drop:b) (drop: touches.csv, line 4)",
      "    Does not count: login is not a qualifying kind of touch",
      "− 2 May 2026: meeting by Partner b (drop:b), recorded 15 Jul 2026 (drop: touches.csv, line 5)",
      "    Does not count: recorded on 15 Jul 2026; the last day for evidence of a deal closed on 30 Jun 2026 was 14 Jul 2026",
      "− 3 May 2026: meeting by Partner b (drop:b), removed 14 Jul 2026 (drop: touches.csv, line 6)",
      "    Does not count: removed on 14 Jul 2026",
      "+ 4 May 2026: meeting by Partner c (drop:c), removed 15 Jul 2026 (drop: touches.csv, line 7)",
      "    Counts: in the window and on record in time",
      "− 1 Jul 2026: meeting by Partner c (drop:c) (drop: touches.csv, line 8)",
      "    Does not count: 1 Jul 2026 is after the deal closed on 30 Jun 2026",
    ]);
    expect(blockOf(text, "The days that decide")).toEqual([
      "Touches count from 10 Jan 2026, 90 days before the deal was created, to 30 Jun 2026, the close.",
      "Claims had to be made by 24 Apr 2026, 14 days after it was created.",
      "What was recorded after 14 Jul 2026, 14 days after the close, is too late.",
      "Removals and decisions count as they stood on 14 Jul 2026.",
    ]);
  });

  test("of an override and of roles stands where their rows stand", async () => {
    const placeOf = (explanation: DealExplanation): readonly unknown[] =>
      explanation.rules.flatMap(({ claims }) => claims.map(({ recordedIn }) => [recordedIn?.file, recordedIn?.line]));
    expect(placeOf(await dealOf("earning"))).toEqual([["overrides.csv", 2]]);
    expect(placeOf(await dealOf("alike"))).toEqual([
      ["deal_partners.csv", 2],
      ["deal_partners.csv", 3],
    ]);
  });

  test("of a vendor is named by the vendor's own record", () => {
    const at = (kind: string, entity: string, id: string): string =>
      sayPlace({ source: "crm", kind, entity, id, file: null, line: null });
    expect(at("hubspot", "deals", "123")).toBe("crm: deal 123");
    expect(at("hubspot", "deal_partners", "123|456|sourced|99")).toBe("crm: association of deal 123 with company 456");
    expect(at("salesforce", "deals", "006A")).toBe("crm: Opportunity 006A");
    expect(at("salesforce", "deal_partners", "00IA")).toBe("crm: OpportunityPartner 00IA");
    expect(at("stripe", "invoices", "in_1")).toBe("crm: invoice in_1");
  });
});

describe("the rate", () => {
  test.each([
    [
      "pound",
      "$1,250.00 at 1.25, the rate of 30 Jun 2026",
      ["1 GBP = 1.25 USD on 30 Jun 2026 (drop: fx_rates.csv, line 4)"],
    ],
    [
      "crown",
      "$100.00 at 0.1, the rate of 29 Jun 2026",
      ["1 USD = 10 SEK on 29 Jun 2026, read backwards for SEK to USD (drop: fx_rates.csv, line 5)"],
    ],
  ])("of deal %s names the quote it was read from", async (id, amount, quotes) => {
    const lines = blockOf(await textOf(id), "The deal");
    const at = lines.findIndex((line) => line.endsWith(amount));
    expect(lines.slice(at + 1).map((line) => line.trim())).toEqual(quotes);
  });

  test("of a payment crossed through a third currency names both quotes", async () => {
    const { cash } = await dealOf("touched");
    const [payment] = cash;
    expect(payment?.collectedReporting).toEqual({ minor: 11_111, currency: "USD" });
    expect(payment?.fx?.path).toBe("cross");
    expect(
      payment?.fx?.legs.map(({ from, to, on, path, quoted }) => [from, to, on, path, Number(quoted.rate)]),
    ).toEqual([
      ["CHF", "EUR", "2026-07-08", "inverse", 0.95],
      ["EUR", "USD", "2026-07-09", "inverse", 0.9],
    ]);
    expect(blockOf(await textOf("touched"), "The cash").slice(0, 5)).toEqual([
      "10 Jul 2026: payment drop:p-franc on invoice drop:i-franc: CHF 95.00, before tax CHF 95.00, $111.11 at 1.1695906 of 8 Jul 2026",
      "  no rate of the pair itself was recent enough, so it goes through EUR:",
      "  1 EUR = 0.95 CHF on 8 Jul 2026, read backwards for CHF to EUR (drop: fx_rates.csv, line 2)",
      "  1 USD = 0.9 EUR on 9 Jul 2026, read backwards for EUR to USD (drop: fx_rates.csv, line 3)",
      "  The invoice names the deal.",
    ]);
  });
});

describe("the split", () => {
  test("of a payment with an odd cent says who has it and why", async () => {
    const { cash } = await dealOf("touched");
    const linear = cash[0]?.credit.filter(({ model }) => model === "linear");
    expect(linear?.map(({ partner, amount, oddUnit }) => [partner.key, amount.minor, oddUnit])).toEqual([
      [
        "drop:a",
        5556,
        "Has the $0.01 that rounding every part down leaves over: the fractions and the weights are equal, so the first key in the alphabet has it.",
      ],
      ["drop:c", 5555, null],
    ]);
  });

  test("is told with the touches behind it and the rule of each model", async () => {
    const text = await textOf("touched");
    expect(blockOf(text, "The path")).toEqual([
      "1. 10 Jan 2026: meeting by Partner a, 171 days before the close",
      "2. 4 May 2026: meeting by Partner c, 57 days before the close",
    ]);
    const credit = blockOf(text, "The credit");
    expect(credit).toContain("time decay (a touch loses half its weight every 30 days before the close):");
    // 2^(-(171 - 57) / 30) = 0.0718 beside 1, so c has 1 / 1.0718 of 1,000.00 and the odd cent.
    expect(credit).toContain(
      "  Partner c: 93.3015%, $933.02 (weight 1 of 1.0718): 1 of 2 touches, by their days before close",
    );
  });
});

describe("the commission", () => {
  test("tells of each plan why it does not match, up to the one that does, and of each payment what it earns", async () => {
    expect(blockOf(await textOf("earning"), "The commission")).toEqual([
      "Plan Standard is the first that matches: 10% of what is collected for payments until 30 Aug 2026, payable 30 days after the payment.",
      "  1. plan Agencies does not match: it is for the partner type agency, reseller, the source is referral",
      "  2. plan Gold does not match: it is for the tier gold, the source has none; it is for the order type renewal, the deal is new",
      "  3. plan Old does not match: it ended on 29 Jun 2026, the deal closed on 30 Jun 2026",
      "  4. plan New does not match: it begins on 1 Jul 2026, the deal closed on 30 Jun 2026",
      "  5. plan Standard matches",
      "  6. plan Never is not looked at, an earlier one matched",
      "30 Jun 2026: earned $100.00 for Partner a (drop:a): 10% of what the payment of 30 Jun 2026 collected, by plan Standard; payable from 30 Jul 2026; 10% of $1,000.00",
      "5 Aug 2026: reversed −$10.00 for Partner a (drop:a): the refund of 5 Aug 2026 takes back its part of what the payment of 30 Jun 2026 earned, at the same 10%; 10% of −$100.00",
      "Payment drop:p-last of 31 Aug 2026 earns nothing: the plan pays until 30 Aug 2026.",
    ]);
  });

  test("and the cash of a refund in the next quarter are the marts' and the metrics' own", async () => {
    const { cash, commission } = await dealOf("earning");
    const quarter = async (metric: string, period: string): Promise<number> =>
      Number(
        await built.cell(
          `select value from metrics.value where metric = '${metric}' and period = '${period}' and slice = 'partner' and slice_key = 'drop:a'`,
        ),
      );
    const told = (from: string, until: string): number =>
      cash
        .filter(({ occurredOn }) => occurredOn >= from && occurredOn <= until)
        .flatMap(({ credit }) => credit)
        .filter(({ model }) => model === "sourced_wins")
        .reduce((sum, { amount }) => sum + Number(amount.minor), 0);
    expect(told("2026-04-01", "2026-06-30")).toBe(100_000);
    expect(await quarter("sourced_collected", "2026-Q2")).toBe(1000);
    expect(told("2026-07-01", "2026-09-30")).toBe(-10_000 + 1000);
    expect(await quarter("sourced_collected", "2026-Q3")).toBe(-90);
    expect(commission.lines.map(({ amount }) => amount.minor)).toEqual([10_000, -1000]);
    expect(await quarter("commission_reversed", "2026-Q3")).toBe(10);
  });
});
