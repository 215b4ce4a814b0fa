import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { metricRow, metricValue } from "../../support/metrics.ts";

let built: Built;

beforeAll(async () => {
  built = await buildKept({
    partners: [
      { id: "p1", name: "Alpha", type: "reseller" },
      { id: "p2", name: "Beta", type: "reseller" },
    ],
    accounts: ["a1", "a2", "a3", "a4"].map((id) => ({ id, name: id })),
    deals: [
      { id: "d1", account_id: "a1", state: "open", created_at: "2026-07-10" },
      { id: "d2", account_id: "a2", state: "won", amount: 10, created_at: "2026-07-01", closed_on: "2026-08-01" },
      { id: "d4", account_id: "a4", state: "lost", created_at: "2026-07-06", closed_on: "2026-08-05" },
    ],
    registrations: [
      // approved after 10 hours; its protection ended on 29 September with the deal still open
      {
        id: "r1",
        partner_id: "p1",
        deal_id: "d1",
        submitted_at: "2026-07-01T00:00:00Z",
        decided_at: "2026-07-01T10:00:00Z",
        status: "approved",
      },
      {
        id: "r2",
        partner_id: "p2",
        deal_id: "d1",
        submitted_at: "2026-07-02T00:00:00Z",
        decided_at: "2026-07-02T20:00:00Z",
        status: "rejected",
      },
      {
        id: "r3",
        partner_id: "p1",
        deal_id: "d2",
        submitted_at: "2026-07-01T00:00:00Z",
        decided_at: "2026-07-03T02:00:00Z",
        status: "approved",
      },
      { id: "r4", partner_id: "p2", account_id: "a3", submitted_at: "2026-07-20T00:00:00Z", status: "submitted" },
      // 36 hours before the end of the as-of date, so not yet due
      { id: "r5", partner_id: "p1", account_id: "a3", submitted_at: "2026-09-29T12:00:00Z", status: "submitted" },
      {
        id: "r6",
        partner_id: "p1",
        submitted_at: "2026-07-05T00:00:00Z",
        decided_at: "2026-07-06T00:00:00Z",
        status: "withdrawn",
      },
      { id: "r7", partner_id: "p2", deal_id: "d4", submitted_at: "2026-07-06T00:00:00Z", status: "approved" },
    ],
    leads: [
      { id: "l1", partner_id: "p1", received_at: "2026-07-01T00:00:00Z", responded_at: "2026-07-01T04:00:00Z" },
      { id: "l2", partner_id: "p1", received_at: "2026-07-02T00:00:00Z", accepted_at: "2026-07-03T06:00:00Z" },
      { id: "l3", partner_id: "p2", received_at: "2026-09-30T12:00:00Z" },
      { id: "l4", partner_id: "p2", received_at: "2026-07-03T00:00:00Z" },
    ],
  });
});

afterAll(() => built.close());

describe("registrations", () => {
  test("are counted by the day they were submitted, withdrawn ones too", async () => {
    expect(await metricValue(built, "registrations", "2026-07")).toBe(6);
    expect(await metricValue(built, "registrations", "2026-Q3")).toBe(7);
    expect(await metricValue(built, "registrations", "2026-Q3", "partner drop:p2")).toBe(3);
    expect(await metricValue(built, "approved_registrations", "2026-Q3")).toBe(3);
  });

  test("are approved in part of those that were decided (R79)", async () => {
    // r1, r3, r7 of those and r2
    expect(await metricRow(built, "approval_rate", "2026-Q3")).toMatchObject({
      value: 0.75,
      numerator: 3,
      denominator: 4,
      n: 4,
    });
  });

  test("wait for their decision: 10, 20 and 50 hours", async () => {
    expect(await metricRow(built, "decision_hours_median", "2026-Q3")).toMatchObject({
      value: 20,
      n: 3,
      numerator: null,
    });
    // 0.9 × 2 = 1.8 values on: 20 + 0.8 × 30
    expect(await metricValue(built, "decision_hours_p90", "2026-Q3")).toBe(44);
  });

  test("are due when decided, or undecided past 48 hours (R79)", async () => {
    // r1 and r2 in time; r3 and r4 late; r5 not due, r6 withdrawn, r7 at an unknown time
    expect(await metricRow(built, "decided_in_sla", "2026-Q3")).toMatchObject({ numerator: 2, denominator: 4 });
    expect(await metricRow(built, "decided_in_sla", "2026-09")).toBeUndefined();
  });

  test("become won deals, lost ones, or expire (R78)", async () => {
    // r3 won; r7 lost; r1 expired
    expect(await metricRow(built, "registered_to_won", "2026-Q3")).toMatchObject({ numerator: 1, denominator: 3 });
  });

  test("conflict with another partner's claim on the same deal or account (R79b)", async () => {
    // r2 with r1, r4 with r5 and the reverse
    expect(await metricRow(built, "conflict_rate", "2026-Q3")).toMatchObject({ numerator: 3, denominator: 7 });
  });
});

describe("leads", () => {
  test("wait for an answer, an acceptance being one (R79)", async () => {
    expect(await metricRow(built, "response_hours_median", "2026-Q3")).toMatchObject({ value: 17, n: 2 });
  });

  test("are due when answered, or unanswered past 24 hours (R79)", async () => {
    // l1 in time, l2 and l4 late, l3 not due
    expect(await metricRow(built, "responded_in_sla", "2026-Q3")).toMatchObject({ numerator: 1, denominator: 3 });
    expect(await metricRow(built, "responded_in_sla", "2026-Q3", "partner drop:p2")).toMatchObject({ value: 0, n: 1 });
  });
});
