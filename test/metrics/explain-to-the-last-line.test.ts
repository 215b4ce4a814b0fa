import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explain } from "../../src/metrics/explain/explain.ts";
import type { DealExplanation } from "../../src/metrics/explain/explanation.ts";
import { fxLines, sayRateRule, servingDays } from "../../src/metrics/explain/fx.ts";
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

// No rate of Norwegian crowns is on record at all: one of 23 to 30 Jun serves the deal, one of 26 Jun to 3 Jul the payment.
deal("unrated", {
  currency: "NOK",
  partner_id: "c",
  partner_role: "sourced",
  partner_declared_at: "2026-04-10T10:00:00Z",
});
bill("unrated", "unrated", "2026-07-03", "1000.00", "0.00", "NOK");

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
      "Partner a (drop:a): 1 claim, submitted on 11 Jan 2025, 09:00 UTC, approved on 11 Jan 2025, 10:00 UTC",
      "  holds no certification on record",
      "Partner b (drop:b), who is the source: 1 claim, submitted on 12 Jan 2025, 09:00 UTC, approved on 13 Jan 2025, 09:30 UTC",
      "  holds an unnamed certification, valid 1 Jan 2025 to 31 Jan 2025 (drop: certifications.csv, line 2)",
      "Partner c (drop:c): 1 claim, submitted on 12 Jan 2025, 08:00 UTC, approved on 13 Jan 2025, 10:30 UTC",
      "  holds an unnamed certification, valid 10 Jan 2025 to 10 Jan 2025 (drop: certifications.csv, line 3)",
      "1. incumbent: A new deal has none; only a renewal or an expansion has. It does not separate them.",
      "2. active certification on 10 Jan 2025, when the deal was created (any kind will do): Only Partner b and Partner c held one. Partner b and Partner c remain.",
      "3. earliest decision (when it was approved, not submitted): Approved: Partner b's on 13 Jan 2025, 09:30 UTC, Partner c's on 13 Jan 2025, 10:30 UTC. Partner b remains, so it is settled.",
      "Not needed any more: earliest claim and first key in the alphabet.",
    ]);
    const renewed = await textOf("renewed");
    expect(blockOf(renewed, "The conflict").filter((line) => line.startsWith("1. "))).toEqual([
      "1. incumbent: The account's latest deal won by 10 Apr 2026, when this one was created, is Deal before (drop:before), won on 1 Mar 2026. Its source, by registration, is Partner b (drop:b), who claims this one too. Partner b remains, so it is settled.",
    ]);
    // b holds two certifications, of January and July 2025; neither is active when the renewal is created in April 2026.
    expect(blockOf(renewed, "The conflict")).toContain("  holds 2 certifications, none active on 10 Apr 2026");
    expect(blockOf(renewed, "What the checks list")).toEqual([
      "warning: 2 partners claim this deal, as told above → if another partner should have it, record an override for the deal",
    ]);
  });

  test.each([
    [
      "renewed",
      "an approved registration decided it. 2 partners claimed it: Partner b is the incumbent, as it sourced the account's latest deal won by 10 Apr 2026, when this one was created: Deal before (drop:before), won on 1 Mar 2026.",
    ],
    [
      "certified",
      "2 partners claimed it: Partner a dropped out because it held no active certification on 10 Jul 2025, when the deal was created.",
    ],
    // The earliest decision is a's, which fell before decisions were looked at.
    [
      "narrowed",
      "3 partners claimed it: Partner a dropped out because it held no active certification on 10 Jan 2025, when the deal was created; between Partner b and Partner c, Partner b's registration was approved first (13 Jan 2025, 09:30 UTC; Partner c's on 13 Jan 2025, 10:30 UTC).",
    ],
    [
      "leads",
      "an accepted lead decided it. 2 partners claimed it: between Partner a and Partner c, Partner c's lead was received first (8 Apr 2026, 08:00 UTC; Partner a's on 9 Apr 2026, 08:00 UTC).",
    ],
    [
      "alike",
      "2 partners claimed it: nothing on record separates Partner b and Partner c, so the partner whose key comes first in the alphabet has it.",
    ],
  ])("of deal %s is told in the verdict from the first who fell out to the last", async (id, way) => {
    expect((await textOf(id)).split("\n")[0]).toContain(way);
  });

  test("at the lead rule, settled by the earliest claim, is told in full", async () => {
    const text = await textOf("leads");
    expect(blockOf(text, "Who brought it").slice(3)).toEqual([
      "4. Lead: It decides. 2 partners have a claim that counts; of them the steps below choose Partner c.",
      "  counts: Partner c (drop:c), lead received on 8 Apr 2026, accepted on 10 Apr 2026 (drop: leads.csv, line 3)",
      "  counts: Partner a (drop:a), lead received on 9 Apr 2026, accepted on 10 Apr 2026 (drop: leads.csv, line 2)",
    ]);
    expect(blockOf(text, "The conflict").slice(-3)).toEqual([
      "3. earliest decision (when it was approved, not submitted): This step compares approvals of registrations only; when a lead was accepted plays no part, it only had to be accepted in time. It does not separate them.",
      "4. earliest claim: Received: Partner a's on 9 Apr 2026, 08:00 UTC, Partner c's on 8 Apr 2026, 08:00 UTC. Partner c remains, so it is settled.",
      "Not needed any more: first key in the alphabet.",
    ]);
  });

  test("that nothing but the key can settle says what could decide otherwise", async () => {
    const steps = blockOf(await textOf("alike"), "The conflict").filter((line) => /^[35]\. /.test(line));
    expect(steps).toEqual([
      "3. earliest decision (when it was approved, not submitted): This step compares approvals of registrations only; a source declared on the deal needs none. It does not separate them.",
      "5. first key in the alphabet: Nothing on record separates them. As a last resort the partner whose key comes first has it: drop:b. Only an override that names the source could decide otherwise; none is on record. Partner b remains, so it is settled.",
    ]);
  });
});

describe("the evidence", () => {
  test("says of each touch why it counts or not, and in which line of which file it stands", async () => {
    const text = await textOf("touched");
    expect(text).toContain("\nWho helped: 2 of 7 pieces of evidence count\n");
    expect(blockOf(text, "Who helped")).toEqual([
      "− 9 Jan 2026: meeting, Partner a (drop:a) (drop: touches.csv, line 2)",
      "    Does not count: 9 Jan 2026 is before the window, which begins on 10 Jan 2026",
      "+ 10 Jan 2026: meeting, Partner a (drop:a) (drop: touches.csv, line 3)",
      "    Counts: in the window; no recording date is on record, so its own day serves",
      "− 1 May 2026: login, Partner b (drop:b) (drop: touches.csv, line 4)",
      "    Does not count: login is not a qualifying kind of touch; every kind counts but login, content view and download",
      "− 2 May 2026: meeting, Partner b (drop:b), recorded 15 Jul 2026 (drop: touches.csv, line 5)",
      "    Does not count: recorded on 15 Jul 2026; the last day for evidence of a deal closed on 30 Jun 2026 was 14 Jul 2026",
      "− 3 May 2026: meeting, Partner b (drop:b), removed 14 Jul 2026 (drop: touches.csv, line 6)",
      "    Does not count: removed on 14 Jul 2026",
      "+ 4 May 2026: meeting, Partner c (drop:c), removed 15 Jul 2026 (drop: touches.csv, line 7)",
      "    Counts: in the window; no recording date is on record, so its own day serves; its removal came after 14 Jul 2026, the last day for it, and changes nothing",
      "− 1 Jul 2026: meeting, Partner c (drop:c) (drop: touches.csv, line 8)",
      "    Does not count: 1 Jul 2026 is after the deal closed on 30 Jun 2026",
    ]);
    expect(blockOf(text, "The days that decide")).toEqual([
      "Touches count from 10 Jan 2026, 90 days before the deal was created, to 30 Jun 2026, the close.",
      "A registration had to be submitted, a source declared or a lead received by 24 Apr 2026, 14 days after it was created; a lead that names only the account, by 10 Apr 2026.",
      "Touches and claims recorded after 14 Jul 2026, 14 days after the close, do not count. Removals, approvals, acceptances and rejections after that day change nothing.",
      "None of these days binds an override: it may come at any time, and one that names the source, or says there is none, replaces all other rules.",
    ]);
    expect(blockOf(await textOf("narrowed"), "The days that decide")[2]).toBe(
      "A registration protects its partner from its approval to the end it names, else for 90 days; it claims the deal only if 28 Feb 2025, the close, lies within.",
    );
  });

  test("under other settings names the kinds that count and the day up to which removals count", async () => {
    const explanation = await dealOf("touched");
    const { days } = explanation;
    if (days === null) throw new Error("deal touched has no days");
    const text = explanationText({
      ...explanation,
      days: { ...days, evidenceOn: "2026-09-30", qualifyingKinds: ["meeting", "site_visit"] },
    });
    expect(blockOf(text, "The days that decide").slice(2, 4)).toEqual([
      "Touches and claims recorded after 14 Jul 2026, 14 days after the close, do not count.",
      "Removals, approvals, acceptances and rejections count up to 30 Sep 2026, the as-of date.",
    ]);
    expect(blockOf(text, "Who helped")).toContain(
      "    Does not count: login is not a qualifying kind of touch; only meeting and site visit count",
    );
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
      "£1,000.00 × 1.25, the rate of 30 Jun 2026, is $1,250.00",
      ["1 GBP = 1.25 USD on 30 Jun 2026 (drop: fx_rates.csv, line 4)"],
    ],
    [
      "crown",
      "SEK 1,000.00 × 0.1, the rate of 29 Jun 2026, is $100.00",
      ["1 USD = 10 SEK on 29 Jun 2026, so 1 SEK = 1 ÷ 10 USD (drop: fx_rates.csv, line 5)"],
    ],
  ])("of deal %s names the quote it was read from", async (id, amount, quotes) => {
    const lines = blockOf(await textOf(id), "The deal");
    const at = lines.findIndex((line) => line.endsWith(amount));
    expect(lines.slice(at + 1).map((line) => line.trim())).toEqual([
      ...quotes,
      "a deal takes the last rate up to its close, 30 Jun 2026; a payment or refund the last rate up to the day it was made; in both cases at most 7 days old; halves round away from zero",
    ]);
  });

  test("of an open deal is that of the as-of date", async () => {
    const { fx } = (await dealOf("pound")).deal;
    if (fx === null) throw new Error("the deal in pounds has no rate");
    expect(sayRateRule("open deal", { ...fx, day: "2026-09-30" })).toMatch(
      /^a deal takes the last rate up to the as-of date, 30 Sep 2026; /,
    );
  });

  test("that is missing is named with the days that would do, and what it keeps back", async () => {
    const text = await textOf("unrated");
    expect(text).toContain(
      "\n  amount        NOK 1,000.00; no rate between NOK and USD, direct or crossed, is on record for 30 Jun 2026 or the 7 days before\n",
    );
    expect(blockOf(text, "The cash")[0]).toBe(
      "3 Jul 2026: payment drop:p-unrated on invoice drop:i-unrated: NOK 1,000.00, no tax; no rate between NOK and USD, direct or crossed, is on record for 3 Jul 2026 or the 7 days before, so it is in no total yet",
    );
    const waits =
      "earns nothing yet: no rate between NOK and USD, direct or crossed, is on record for 3 Jul 2026 or the 7 days before; once one is loaded, it earns 10%.";
    expect(blockOf(text, "The commission").at(-1)).toBe(`Payment drop:p-unrated of 3 Jul 2026, NOK 1,000.00, ${waits}`);
    expect(blockOf(text, "What the checks list")).toEqual([
      "error: no rate from NOK on 30 Jun 2026 or in the 7 days before; the amount of Deal unrated is in no converted total → load a rate between NOK and USD for a day from 26 Jun 2026 to 30 Jun 2026: it serves the deal and its cash",
    ]);
    const partner = explanationText(await explain(database, "partner", "drop:c")).replaceAll("\u00a0", " ");
    expect(blockOf(partner, "The commission")).toContain(
      `Payment drop:p-unrated of 3 Jul 2026, NOK 1,000.00, for Deal unrated (drop:unrated) ${waits}`,
    );
    expect(blockOf(partner, "Sourced")).toContain(
      "Deal unrated (drop:unrated), Account unrated-account: won on 30 Jun 2026, NOK 1,000.00 (no exchange rate yet), by declaration; no commission: no exchange rate for its payment yet",
    );
    expect(
      await built.cell("select fix from quality.issue where check_id = 'fx_rate_missing' and entity = 'payments'"),
    ).toBe("load a rate between NOK and USD for a day from 26 Jun 2026 to 3 Jul 2026");
  });

  test("that is missing on days too far apart is served by no single day", () => {
    const gap = { from: "NOK", to: "USD", maxAgeDays: 7 };
    expect(
      servingDays([
        { ...gap, day: "2026-07-01" },
        { ...gap, day: "2026-07-08" },
      ]),
    ).toEqual({
      from: "2026-07-01",
      to: "2026-07-01",
    });
    expect(
      servingDays([
        { ...gap, day: "2026-07-01" },
        { ...gap, day: "2026-07-09" },
      ]),
    ).toBeNull();
  });

  test("of a pair whose own last quote is too old says so", async () => {
    const { fx } = (await dealOf("touched")).cash[0] ?? {};
    if (fx === undefined || fx === null) throw new Error("the payment in francs has no rate");
    expect(fxLines({ ...fx, ownQuoteOn: "2026-07-02" })[0]).toBe(
      "the last CHF–USD rate, of 2 Jul 2026, is older than 7 days, so it goes through EUR: (1 ÷ 0.95) × (1 ÷ 0.9) = 1.1695906, dated by the older of the two",
    );
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
    expect(blockOf(await textOf("touched"), "The cash").slice(0, 6)).toEqual([
      "10 Jul 2026: payment drop:p-franc on invoice drop:i-franc: CHF 95.00, no tax, × 1.1695906, the rate of 8 Jul 2026, is $111.11",
      "  no CHF–USD rate is on record by 10 Jul 2026, so it goes through EUR: (1 ÷ 0.95) × (1 ÷ 0.9) = 1.1695906, dated by the older of the two",
      "  1 EUR = 0.95 CHF on 8 Jul 2026, so 1 CHF = 1 ÷ 0.95 EUR (drop: fx_rates.csv, line 2)",
      "  1 USD = 0.9 EUR on 9 Jul 2026, so 1 EUR = 1 ÷ 0.9 USD (drop: fx_rates.csv, line 3)",
      "  a payment or refund takes the last rate up to the day it was made, 10 Jul 2026, at most 7 days old; halves round away from zero",
      "  The invoice names the deal, and that counts, though its customer belongs to another account.",
    ]);
  });
});

test("an invoice that names a deal of another account than its customer's says that its own word counts", async () => {
  const text = explanationText(await explain(database, "invoice", "drop:i-franc")).replaceAll("\u00a0", " ");
  expect(
    blockOf(text, "Whose money it is")
      .slice(-3)
      .map((line) => line.trim()),
  ).toEqual([
    "deal          Deal touched (drop:touched)",
    "The invoice names the deal.",
    "That deal is of another account, Account touched-account (drop:touched-account). What the invoice names counts, whoever the customer is.",
  ]);
});

describe("the split", () => {
  test("of a payment with an odd cent says who has it and why", async () => {
    const { cash } = await dealOf("touched");
    const linear = cash[0]?.credit.filter(({ model }) => model === "linear");
    expect(linear?.map(({ partner, amount, oddUnit }) => [partner.key, amount.minor, oddUnit])).toEqual([
      [
        "drop:a",
        5556,
        "Has $0.01 more than its exact part cut to whole cents: with equal fractions and weights the first key in the alphabet has it.",
      ],
      ["drop:c", 5555, null],
    ]);
  });

  test("is told with the touches behind it and the rule of each model", async () => {
    const text = await textOf("touched");
    expect(blockOf(text, "The path")).toEqual([
      "1. 10 Jan 2026: meeting, Partner a, 171 days before the close",
      "2. 4 May 2026: meeting, Partner c, 57 days before the close",
    ]);
    const credit = blockOf(text, "The credit");
    expect(credit).toContain("position (only two touches and none between: half each):");
    const decay = credit.indexOf(
      "time decay (a touch loses half its weight every 30 days; the latest touch weighs 1):",
    );
    // 2^(-(171 - 57) / 30) = 0.071794 beside 1, so c has 1 / 1.071794 of 1,000.00, 933.0154, and the odd cent.
    expect(credit.slice(decay + 1, decay + 4)).toEqual([
      "  Partner c: 93.3015%, $933.02: Weight 1 of 1.071794: on the day of the latest touch",
      "  Partner a: 6.6985%, $66.98: Weight 0.071794 of 1.071794: 2^(−114/30), 114 days before the latest touch",
      "  Exactly $933.0154… and $66.9845…; cut to whole cents they make $999.99, so $0.01 is missing: Partner c has it, as the largest fraction was cut off there.",
    ]);
  });

  test("of three touches tells each partner's places, and of one moment which comes first", async () => {
    const narrowed = blockOf(await textOf("narrowed"), "The credit");
    const position = narrowed.findIndex((line) => line.startsWith("position ("));
    expect(narrowed.slice(position, position + 4)).toEqual([
      "position (40% to the first touch, 40% to the last, 20% to those between):",
      "  Partner a: 40%, $400.00: The first touch (40)",
      "  Partner b: 40%, $400.00: The last touch (40)",
      "  Partner c: 20%, $200.00: The one between (20)",
    ]);
    expect(blockOf(await textOf("alike"), "The path")).toEqual([
      "1. 12 Apr 2026, 09:00 UTC: named as source on the deal (a claim), Partner b, 79 days before the close",
      "2. 12 Apr 2026, 09:00 UTC: named as source on the deal (a claim), Partner c, 79 days before the close",
      "Those of one moment go by key, a role on the deal by its partner's: drop:b before drop:c.",
    ]);
  });
});

describe("the commission", () => {
  test("tells of each plan why it does not match, up to the one that does, and of each payment what it earns", async () => {
    expect(blockOf(await textOf("earning"), "The commission")).toEqual([
      "Plan Standard is the first that fits: Partner a earns 10% of the cash before tax, on payments within 2 months of the close, so until 30 Aug 2026; payable 30 days after the payment.",
      "  1. plan Agencies does not: it is for partners of type agency or reseller, and Partner a is of type referral",
      "  2. plan Gold does not: it is for the tier gold, and Partner a is in no tier; it is for deals of type renewal, and this one is new",
      "  3. plan Old does not: it ended with deals closed on 29 Jun 2026, and this one closed on 30 Jun 2026",
      "  4. plan New does not: it begins with deals closed on 1 Jul 2026, and this one closed on 30 Jun 2026",
      "  5. plan Standard fits: it has no conditions",
      "  Not looked at, as an earlier one fits: Never.",
      "30 Jun 2026: earned $100.00 for Partner a: 10% of $1,000.00 before tax, from payment drop:p-first; payable since 30 Jul 2026",
      "5 Aug 2026: reversed −$10.00 for Partner a: 10% of −$100.00 before tax, taken back by drop:f-first; deducted from 5 Aug 2026, the day of the refund, as that commission was already payable",
      "In all $90.00.",
      "Payment drop:p-last of 31 Aug 2026, $11.90, earns nothing: the plan pays for payments until 30 Aug 2026.",
    ]);
    const partner = explanationText(await explain(database, "partner", "drop:a")).replaceAll("\u00a0", " ");
    expect(blockOf(partner, "The commission")).toContain(
      "Payment drop:p-last of 31 Aug 2026, $11.90, for Deal earning (drop:earning) earned nothing: the plan pays for payments until 30 Aug 2026.",
    );
  });

  test("tells the conditions that the plan meets", async () => {
    expect(blockOf(await textOf("certified"), "The commission")).toContain(
      "  3. plan Old fits: it is for deals closed until 29 Jun 2026, and this one closed on 31 Aug 2025",
    );
  });

  test("of a refund in the next quarter says in which quarter it counts", async () => {
    expect(blockOf(await textOf("earning"), "The cash")).toContain(
      "  It counts in Q3 FY26 (1 Jul 2026 to 30 Sep 2026), when it was made; Q2 FY26 (1 Apr 2026 to 30 Jun 2026), the payment's quarter, stays as it was.",
    );
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
