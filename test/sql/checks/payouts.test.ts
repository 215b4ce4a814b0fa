import { expect, test } from "vitest";
import { build, type Drop } from "../../support/build.ts";

// p1 was paid 100.00 and 25.50 USD, p2 10.00 EUR at 1.20, which is 12.00 USD; p3 was paid nothing.
const drop: Drop = {
  partners: [
    { id: "p1", name: "Contour", type: "referral" },
    { id: "p2", name: "Northwind", type: "reseller" },
    { id: "p3", name: "Quiet", type: "agency" },
  ],
  fx_rates: [{ on: "2026-08-01", from_currency: "EUR", to_currency: "USD", rate: "1.20" }],
  payouts: [
    { id: "1", partner_id: "p1", paid_at: "2026-08-01", amount: "100.00", currency: "USD" },
    { id: "2", partner_id: "p1", paid_at: "2026-09-01", amount: "25.50", currency: "USD" },
    { id: "3", partner_id: "p2", paid_at: "2026-08-01", amount: "10.00", currency: "EUR" },
  ],
};

test("payouts without any commission plan are a finding of each partner that was paid, with what it was paid (R95)", async () => {
  const rest = "no commission plan is configured: nothing is earned, so the statement is negative by all that was paid";
  const same = { severity: "warning", fix: "add the plans under `commissions` in attributary.yaml and refresh" };
  const built = await build(drop, { only: ["payout_without_plan"] });
  const sql =
    "select entity_key, severity, message, fix, amount_reporting_minor as minor from quality.issue order by all";
  expect(await built.rows(sql)).toEqual([
    { ...same, entity_key: "drop:p1", message: `2 payouts to Contour, and ${rest}`, minor: 12_550 },
    { ...same, entity_key: "drop:p2", message: `1 payout to Northwind, and ${rest}`, minor: 1200 },
  ]);
});
