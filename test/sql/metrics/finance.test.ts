import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { metricRow, metricValue } from "../../support/metrics.ts";

const service = (id: string, customer: string, month: string, amount: number, status = "paid") => ({
  id,
  customer_id: customer,
  status,
  issued_at: `${month}-01`,
  currency: "USD",
  total: amount,
  recurring_amount: amount,
  period_starts_on: `${month}-01`,
  period_ends_on: `${month}-31`,
});

let built: Built;

beforeAll(async () => {
  built = await buildKept(
    {
      partners: [{ id: "p1", name: "P1", type: "referral" }],
      accounts: [
        { id: "a1", name: "A1" },
        { id: "a2", name: "A2" },
      ],
      deals: [
        {
          id: "d1",
          account_id: "a1",
          state: "won",
          amount: 1000,
          created_at: "2025-05-01",
          closed_on: "2025-06-30",
          partner_id: "p1",
          partner_role: "sourced",
          partner_declared_at: "2025-05-01",
        },
        { id: "d2", account_id: "a2", state: "won", amount: 50, created_at: "2025-05-01", closed_on: "2025-06-30" },
      ],
      customers: [
        { id: "c1", account_id: "a1" },
        { id: "c2", account_id: "a2" },
        { id: "c3", name: "no account" },
      ],
      invoices: [
        {
          id: "i1",
          customer_id: "c1",
          status: "paid",
          issued_at: "2026-07-01",
          currency: "USD",
          total: 1000,
          deal_id: "d1",
        },
        service("s1", "c1", "2025-07", 100),
        service("s2", "c1", "2026-07", 80),
        service("s3", "c2", "2025-07", 50),
        service("s4", "c2", "2026-07", 70),
        service("s5", "c3", "2025-07", 30),
        service("s6", "c3", "2026-07", 30, "open"),
      ],
      payments: [
        { id: "y1", invoice_id: "i1", paid_at: "2026-07-10", amount: 500, currency: "USD" },
        { id: "y2", invoice_id: "i1", paid_at: "2026-09-15", amount: 500, currency: "USD" },
      ],
      refunds: [{ id: "f1", payment_id: "y1", refunded_at: "2026-08-01", amount: 100, currency: "USD" }],
      payouts: [{ id: "o1", partner_id: "p1", paid_at: "2026-09-01", amount: 30, currency: "USD" }],
    },
    { config: { commissions: [{ name: "standard", rate: 10, hold_days: 30 }] } },
  );
});

afterAll(() => built.close());

describe("commission", () => {
  test("is earned, reversed and paid on its own day, in positive numbers (R67)", async () => {
    expect(await metricRow(built, "commission_earned", "2026-Q3")).toMatchObject({ value: 100, n: 2 });
    expect(await metricValue(built, "commission_earned", "2026-07")).toBe(50);
    expect(await metricValue(built, "commission_reversed", "2026-08")).toBe(10);
    expect(await metricValue(built, "commission_paid", "2026-09", "partner drop:p1")).toBe(30);
  });

  test("is held for 30 days and owed after that", async () => {
    // 50 of 15 September are held until 15 October; 50 − 10 − 30 are owed
    expect(await metricValue(built, "commission_held", "current")).toBe(50);
    expect(await metricValue(built, "commission_owed", "current")).toBe(10);
    expect(await metricValue(built, "commission_owed", "current", "type referral")).toBe(10);
  });
});

describe("recurring revenue", () => {
  test("is kept or lost, growth aside", async () => {
    // c1 80 of 100, c2 50 of 50, c3 has not paid for this July
    expect(await metricRow(built, "gross_retention", "2026-07")).toMatchObject({
      numerator: 130,
      denominator: 180,
      n: 3,
    });
    expect(await metricRow(built, "net_retention", "2026-07")).toMatchObject({ numerator: 150, denominator: 180 });
  });

  test("differs by the class of the account's first won deal (R70)", async () => {
    expect(await metricValue(built, "gross_retention.sourced", "2026-07")).toBe(0.8);
    expect(await metricValue(built, "net_retention.direct", "2026-07")).toBe(1.4);
    expect(await metricValue(built, "gross_retention.influenced", "2026-07")).toBeUndefined();
    expect(await metricValue(built, "gross_retention", "2026-07", "partner drop:p1")).toBe(0.8);
  });

  test("is compared by month only, where there was some a year before", async () => {
    expect(await metricValue(built, "gross_retention", "2026-Q3")).toBeUndefined();
    expect(await metricValue(built, "gross_retention", "2026-06")).toBeUndefined();
    expect(await metricValue(built, "gross_retention", "2025-07")).toBeUndefined();
  });
});

test("our own invariants hold", () => {
  expect(built.result.stopping).toEqual([]);
});
