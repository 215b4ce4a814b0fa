import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, deal } = scenarios();
add("partners", { id: "gold", name: "Gold", type: "referral", tier: "Gold" });
add("partners", { id: "bronze", name: "Bronze", type: "referral", tier: "Bronze" });
add("partners", { id: "agency", name: "Agency", type: "agency", tier: "Gold" });
add("partners", { id: "reseller", name: "Reseller", type: "reseller", tier: "Bronze" });
add("partners", { id: "other", name: "Other", type: "services" });

const commissions = [
  { name: "Old", partner_type: "referral", to: "2026-03-31", rate: 20 },
  { name: "Renewals", order_type: ["renewal", "expansion"], rate: 2.5, hold_days: 0 },
  { name: "Referral", partner_type: "referral", tiers: { gold: 12.5 }, rate: 10, months: 2 },
  { name: "Agency", partner_type: "agency", fixed: 250, hold_days: 10 },
  { name: "Reseller", partner_type: "reseller", tiers: { Platinum: 30 } },
];

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop, { config: { commissions } });
}, 60_000);
afterAll(() => built.close());

const ledger = (deal: string): Promise<Record<string, unknown>[]> =>
  built.rows(
    `select kind, replace(entry_key, 'drop:', '') as entry_key, amount_minor, rate, plan, entry_on, payable_on
     from marts.fct_commission where deal_key = 'drop:${deal}' order by entry_on, kind`,
  );

/** A won deal with one source and a customer of its own. */
const sell = (id: string, partner: string, row: Record<string, string> = {}): void => {
  deal(id, { partner_id: partner, partner_declared_at: "2026-01-01", created_at: "2026-01-01T00:00:00Z", ...row });
  add("customers", { id: `${id}-c`, account_id: `${id}-account` });
};
const pay = (id: string, deal: string, on: string, amount = "119.00", row: Record<string, string> = {}): void => {
  add("invoices", {
    id: `${id}-i`,
    customer_id: `${deal}-c`,
    deal_id: deal,
    issued_at: on,
    currency: "USD",
    total: "119.00",
    tax: "19.00",
    ...row,
  });
  add("payments", { id, invoice_id: `${id}-i`, paid_at: on, amount, currency: "USD", ...row });
};
const refund = (id: string, payment: string, on: string, amount: string): void =>
  add("refunds", { id, payment_id: payment, refunded_at: on, amount, currency: "USD" });

describe("a rate", () => {
  sell("tiered", "gold");
  pay("t-first", "tiered", "2026-07-10");
  pay("t-last", "tiered", "2026-08-30");
  pay("t-after", "tiered", "2026-08-31");
  sell("fallback", "bronze");
  pay("f-odd", "fallback", "2026-07-10", "1.25", { tax: "0", total: "1.25" });

  test("is the tier's, of what was collected before tax, for payments within n months of the close (R64, R65, R66, R68)", async () => {
    expect(await ledger("tiered")).toEqual([
      {
        kind: "earned",
        entry_key: "earned|t-first|gold",
        amount_minor: 1250,
        rate: "12.500000",
        plan: "Referral",
        entry_on: "2026-07-10",
        payable_on: "2026-08-09",
      },
      {
        kind: "earned",
        entry_key: "earned|t-last|gold",
        amount_minor: 1250,
        rate: "12.500000",
        plan: "Referral",
        entry_on: "2026-08-30",
        payable_on: "2026-09-29",
      },
    ]);
  });

  // 10% of 1.25 is 12.5 cents.
  test("falls back to the plan's own without one for the tier, rounded half away from zero (R64)", async () => {
    expect(await ledger("fallback")).toMatchObject([{ amount_minor: 13, rate: "10.000000" }]);
  });

  sell("short-month", "bronze", { closed_on: "2026-04-30" });
  pay("s-in", "short-month", "2026-06-30");
  sell("old", "gold", { closed_on: "2026-03-31" });
  pay("o-p", "old", "2026-09-01");
  sell("renewed", "gold", { order_type: "renewal" });
  pay("n-p", "renewed", "2026-09-01");
  test("comes from the first plan that matches type, tier, order type and close date (R64, R66)", async () => {
    expect(await ledger("old")).toMatchObject([{ plan: "Old", amount_minor: 2000 }]);
    expect(await ledger("renewed")).toMatchObject([{ plan: "Renewals", amount_minor: 250, payable_on: "2026-09-01" }]);
    expect(await ledger("short-month")).toMatchObject([{ plan: "Referral" }]);
  });

  sell("no-tier", "reseller");
  pay("nt-p", "no-tier", "2026-07-10");
  sell("no-plan", "other");
  pay("np-p", "no-plan", "2026-07-10");
  sell("open", "gold", { state: "open" });
  pay("op-p", "open", "2026-07-10");
  test("is nothing for a tier the plan does not know, without a plan, or on a deal that is not won (R64, R66)", async () => {
    expect(await ledger("no-tier")).toEqual([]);
    expect(await ledger("no-plan")).toEqual([]);
    expect(await ledger("open")).toEqual([]);
  });
});

describe("a refund", () => {
  sell("refunded", "bronze");
  pay("r-p", "refunded", "2026-07-10");
  refund("r-half", "r-p", "2026-07-15", "59.50");
  refund("r-later", "r-p", "2026-10-01", "1.00");
  refund("r-rest", "r-p", "2026-09-20", "59.50");

  test("takes back its part at the original rate in its own period, payable no sooner than what it takes back (R66)", async () => {
    expect(await ledger("refunded")).toMatchObject([
      { kind: "earned", amount_minor: 1000, entry_on: "2026-07-10", payable_on: "2026-08-09" },
      { kind: "reversed", amount_minor: -500, entry_on: "2026-07-15", payable_on: "2026-08-09", rate: "10.000000" },
      { kind: "reversed", amount_minor: -500, entry_on: "2026-09-20", payable_on: "2026-09-20" },
    ]);
  });

  sell("unearned", "gold");
  pay("u-p", "unearned", "2026-09-05");
  refund("u-r", "u-p", "2026-09-06", "119.00");
  test("of a payment that earned nothing takes nothing back (R66)", async () => {
    expect(await ledger("unearned")).toEqual([]);
  });
});

describe("a fixed sum", () => {
  sell("fixed", "agency");
  pay("x-zero", "fixed", "2026-07-01", "0.00");
  pay("x-first", "fixed", "2026-07-02");
  pay("x-second", "fixed", "2026-07-03");
  refund("x-back", "x-first", "2026-08-01", "39.67");
  refund("x-other", "x-second", "2026-08-01", "119.00");

  // 39.67 × 100/119 = 33.3361 → 33.34; 250 × 33.34 / 100 = 83.35
  test("is earned once at the first payment that brings anything and goes back in proportion (R66)", async () => {
    expect(await ledger("fixed")).toEqual([
      {
        kind: "earned",
        entry_key: "earned|x-first|agency",
        amount_minor: 25000,
        rate: null,
        plan: "Agency",
        entry_on: "2026-07-02",
        payable_on: "2026-07-12",
      },
      {
        kind: "reversed",
        entry_key: "reversed|x-back|agency",
        amount_minor: -8335,
        rate: null,
        plan: "Agency",
        entry_on: "2026-08-01",
        payable_on: "2026-08-01",
      },
    ]);
  });
});

describe("a payout", () => {
  add("payouts", {
    id: "paid",
    partner_id: "gold",
    paid_at: "2026-08-10",
    amount: "12.50",
    currency: "USD",
    reference: "July",
  });
  add("payouts", { id: "paid-eur", partner_id: "gold", paid_at: "2026-08-11", amount: "10.00", currency: "EUR" });
  add("payouts", { id: "paid-chf", partner_id: "gold", paid_at: "2026-08-11", amount: "10.00", currency: "CHF" });
  add("fx_rates", { on: "2026-08-10", from_currency: "EUR", to_currency: "USD", rate: "1.1" });

  test("before anything was earned is an advance where there are plans, and no finding (R95)", async () => {
    expect(await built.cell("select count(*) from quality.issue where check_id = 'payout_without_plan'")).toBe(0);
  });

  test("is a negative line in the reporting currency; one without a rate is listed instead (R25, R66, R68)", async () => {
    expect(
      await built.rows(
        "select entry_key, amount_minor, entry_on, payable_on, reason from marts.fct_commission where kind = 'paid' order by entry_on",
      ),
    ).toEqual([
      {
        entry_key: "paid|drop:paid|drop:gold",
        amount_minor: -1250,
        entry_on: "2026-08-10",
        payable_on: "2026-08-10",
        reason: "paid out on 10 Aug 2026, reference July",
      },
      {
        entry_key: "paid|drop:paid-eur|drop:gold",
        amount_minor: -1100,
        entry_on: "2026-08-11",
        payable_on: "2026-08-11",
        reason: "paid out on 11 Aug 2026",
      },
    ]);
    expect(
      await built.cell(
        "select count(*) from quality.issue where check_id = 'fx_rate_missing' and entity_key = 'drop:paid-chf'",
      ),
    ).toBe(1);
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
