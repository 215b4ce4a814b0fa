import { expect, test } from "vitest";
import { build } from "../../support/build.ts";
import { metricRow } from "../../support/metrics.ts";

test("earlier periods are cut at the same day as the running one", async () => {
  const won = (id: string, closed: string, amount: number) => ({
    id,
    state: "won",
    amount,
    created_at: "2025-01-01",
    closed_on: closed,
    partner_id: "p1",
    partner_role: "sourced",
    partner_declared_at: "2025-01-01",
  });
  // 14 August is day 45 of the quarter; day 45 of Q2 is 15 May
  const built = await build(
    {
      partners: [{ id: "p1", name: "P1", type: "referral" }],
      deals: [
        won("d1", "2026-04-10", 100),
        won("d2", "2026-05-15", 200),
        won("d3", "2026-05-16", 400),
        won("d4", "2025-07-10", 50),
        won("d5", "2025-09-01", 70),
        won("d6", "2026-07-05", 1000),
        { ...won("d7", "2026-08-14", 0), state: "lost" },
      ],
    },
    { asOf: "2026-08-14", isExplicit: false, only: ["metrics.value", "metrics.to_date"] },
  );
  const toDate = (metric: string, period: string, slice?: string) =>
    metricRow(built, metric, period, slice, "metrics.to_date");
  expect(await toDate("sourced_bookings", "2026-Q2")).toMatchObject({ value: 300, n: 2, status: "final" });
  expect(await toDate("sourced_bookings", "2026-Q2", "type referral")).toMatchObject({ value: 300 });
  expect(await toDate("sourced_bookings", "2025-Q3")).toMatchObject({ value: 50, n: 1 });
  expect(await toDate("sourced_bookings", "2026-Q3")).toMatchObject({ value: 1000, status: "to_date" });
  expect(await toDate("sourced_bookings", "2026-07")).toMatchObject({ value: 1000 });
  expect(await toDate("sourced_bookings", "2026-05")).toBeUndefined();
  // day 226 of 2025 is 14 August
  expect(await toDate("sourced_bookings", "2025")).toMatchObject({ value: 50 });
  expect(await toDate("win_rate", "2026-Q3")).toMatchObject({ value: 0.5, n: 2 });
  expect(await toDate("sourced_share", "2026-Q2", "partner drop:p1")).toMatchObject({
    value: 1,
    numerator: 300,
    denominator: 300,
  });
  expect(await toDate("average_deal", "2026-Q2")).toMatchObject({ value: 150, numerator: 300, denominator: 2 });
  expect(await metricRow(built, "sourced_bookings", "2026-Q2")).toMatchObject({ value: 700, status: "final" });
});

test("today is still running unless it was asked for (R81)", async () => {
  const drop = {
    leads: [{ id: "l1", partner_id: "p1", received_at: "2026-09-30", responded_at: "2026-09-30" }],
    partners: [{ id: "p1", name: "P1" }],
  };
  const running = await build(drop, { isExplicit: false, only: ["metrics.value"] });
  expect(await metricRow(running, "responded_in_sla", "2026-Q3")).toMatchObject({ status: "to_date" });
  const over = await build(drop, { isExplicit: true, only: ["metrics.value"] });
  expect(await metricRow(over, "responded_in_sla", "2026-Q3")).toMatchObject({ status: "final" });
});
