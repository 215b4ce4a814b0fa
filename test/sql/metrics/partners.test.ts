import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, build, buildKept } from "../../support/build.ts";
import { metricRow, metricValue } from "../../support/metrics.ts";

let built: Built;

beforeAll(async () => {
  built = await buildKept({
    partners: [
      { id: "p1", name: "P1", type: "referral", agreed_on: "2026-01-15" },
      { id: "p2", name: "P2", type: "referral", agreed_on: "2026-01-20" },
      { id: "p3", name: "P3", type: "agency", agreed_on: "2026-01-31", region: "emea" },
      // 90 days from 10 July end on 8 October: still inside the window
      { id: "p4", name: "P4", type: "agency", agreed_on: "2026-07-10" },
      { id: "p5", name: "P5", type: "agency", agreed_on: "2026-01-01", status: "prospect" },
      { id: "p6", name: "P6", type: "referral", agreed_on: "2025-01-10", ended_on: "2026-06-30" },
      { id: "p7", name: "P7", type: "referral", agreed_on: "2026-12-01" },
      // 90 days from 2 July end on the as-of date
      { id: "p8", name: "P8", type: "agency", agreed_on: "2026-07-02" },
    ],
    accounts: [{ id: "a1", name: "Acme" }],
    deals: [
      {
        id: "d1",
        account_id: "a1",
        state: "won",
        amount: 5,
        created_at: "2026-02-01",
        closed_on: "2026-03-16",
        partner_id: "p1",
        partner_role: "sourced",
        partner_declared_at: "2026-02-01",
      },
    ],
    leads: [
      { id: "l1", partner_id: "p1", received_at: "2026-02-20T00:00:00Z", accepted_at: "2026-03-01T00:00:00Z" },
      { id: "l2", partner_id: "p2", received_at: "2026-06-01T00:00:00Z", accepted_at: "2026-06-01T10:00:00Z" },
      { id: "l3", partner_id: "p6", received_at: "2025-02-01T00:00:00Z", accepted_at: "2025-02-01T00:00:00Z" },
      { id: "l4", partner_id: "p6", received_at: "2026-05-05T00:00:00Z" },
      { id: "l5", partner_id: "p1", received_at: "2026-08-01T00:00:00Z" },
    ],
    registrations: [
      { id: "r1", partner_id: "p1", submitted_at: "2026-01-25", status: "rejected" },
      { id: "r2", partner_id: "p2", submitted_at: "2026-02-09", status: "rejected" },
      { id: "r6", partner_id: "p6", submitted_at: "2025-01-05", status: "rejected" },
    ],
    certifications: [
      { id: "c4", partner_id: "p4", kind: "sales", earned_on: "2026-08-01" },
      { id: "c8", partner_id: "p8", kind: "sales", earned_on: "2026-09-30" },
      { id: "c1", partner_id: "p1", kind: "sales", earned_on: "2026-01-01", expires_on: "2026-09-29" },
    ],
    activities: [
      { id: "x1", partner_id: "p3", kind: " Login ", occurred_at: "2026-05-02T00:00:00Z" },
      { id: "x2", partner_id: "p2", kind: "training", occurred_at: "2026-05-03T00:00:00Z" },
      { id: "x3", partner_id: "p2", kind: "survey", occurred_at: "2026-05-03T00:00:00Z" },
    ],
  });
});

afterAll(() => built.close());

describe("partners", () => {
  test("are those with an agreement that holds: no prospects, ended ones or future ones (R28)", async () => {
    expect(await metricValue(built, "partners", "current")).toBe(5);
    expect(await metricValue(built, "partners", "current", "type agency")).toBe(3);
    expect(await metricRow(built, "partners", "current", "partner drop:p5")).toBeUndefined();
  });

  test("are in one state each (R28)", async () => {
    // p1; p2, p4 and p8; p3
    expect(await metricValue(built, "active_partners", "current")).toBe(1);
    expect(await metricValue(built, "dormant_partners", "current")).toBe(3);
    expect(await metricValue(built, "never_activated_partners", "current")).toBe(1);
    expect(await metricValue(built, "activated_partners", "current")).toBe(4);
  });

  test("that are still inside the activation window are neither a success nor a failure (R35)", async () => {
    expect(await metricValue(built, "activation_pending", "current")).toBe(1);
    // in January p1 in time, p2 in June, p3 never; in July p8 on its last day
    expect(await metricRow(built, "activation_rate", "2026-01")).toMatchObject({ numerator: 1, denominator: 3, n: 3 });
    expect(await metricRow(built, "activation_rate", "2026-07")).toMatchObject({ numerator: 1, denominator: 1 });
    expect(await metricValue(built, "activation_rate", "2025-01")).toBe(1);
  });

  test("take days to their first registration and first win, counted from the agreement (R84)", async () => {
    expect(await metricValue(built, "days_to_first_registration_median", "2026-01")).toBe(15);
    // p6 registered five days before it agreed
    expect(await metricValue(built, "days_to_first_registration_median", "2025-01")).toBeUndefined();
    expect(await metricRow(built, "days_to_first_win_median", "2026-01")).toMatchObject({ value: 60, n: 1 });
  });

  test("are certified when a certification is valid on the as-of date (R118)", async () => {
    expect(await metricValue(built, "certified_partners", "current")).toBe(2);
    expect(await metricRow(built, "certified_share", "current")).toMatchObject({
      value: 0.4,
      numerator: 2,
      denominator: 5,
    });
    expect(await metricValue(built, "certified_share", "current", "region emea")).toBe(0);
  });
});

describe("engagement", () => {
  test("is measured over partners agreed before the period and not ended by its last day (R83)", async () => {
    // p1, p2, p3 and, until June, p6, which sent a lead in May
    expect(await metricRow(built, "engaged_rate", "2026-05")).toMatchObject({ numerator: 1, denominator: 4, n: 4 });
    // p6 ended on 30 June, the last day of the quarter; p2 sent a lead in June
    expect(await metricRow(built, "engaged_rate", "2026-Q2")).toMatchObject({ numerator: 1, denominator: 3 });
    // p4 and p8 agreed within July
    expect(await metricRow(built, "engaged_rate", "2026-07")).toMatchObject({ numerator: 0, denominator: 3 });
  });

  test("counts sign-ins and trainings apart, over the same partners (R119)", async () => {
    expect(await metricRow(built, "portal_rate", "2026-05")).toMatchObject({ numerator: 1, denominator: 4 });
    expect(await metricRow(built, "trained_rate", "2026-05")).toMatchObject({ numerator: 1, denominator: 4 });
    expect(await metricRow(built, "portal_rate", "2026-04")).toMatchObject({ value: 0, n: 4 });
    // p4 earned a certification on 1 August; p1, p2, p3 and p8 did not
    expect(await metricRow(built, "trained_rate", "2026-08")).toMatchObject({ numerator: 1, denominator: 5 });
  });

  test("keeps partners from one year to the next (R119)", async () => {
    // of the events up to 30 September 2025 only p6 had any, and again in May 2026
    expect(await metricRow(built, "partner_retention", "2026-09")).toMatchObject({ numerator: 1, denominator: 1 });
    // at the end of April 2026 it had none since 30 April 2025
    expect(await metricRow(built, "partner_retention", "2026-04")).toMatchObject({ numerator: 0, denominator: 1 });
    expect(await metricRow(built, "partner_retention", "2025-12")).toBeUndefined();
  });
});

test("retention counts its 12 and 24 months from the end of the month itself, over leap days (R76, R119)", async () => {
  const leap = await build(
    {
      partners: [
        { id: "p1", name: "P1", type: "referral" },
        { id: "p2", name: "P2", type: "referral" },
        { id: "p3", name: "P3", type: "referral" },
      ],
      leads: [
        // 29 February 2024 minus 12 months is 28 February 2023, minus 24 months 28 February 2022
        { id: "l1", partner_id: "p1", received_at: "2022-02-28T00:00:00Z" },
        { id: "l2", partner_id: "p2", received_at: "2022-03-01T00:00:00Z" },
        { id: "l3", partner_id: "p2", received_at: "2023-03-01T00:00:00Z" },
        { id: "l4", partner_id: "p1", received_at: "2023-02-28T00:00:00Z" },
        // on the day itself is too early for the two years
        { id: "l5", partner_id: "p3", received_at: "2022-02-28T00:00:00Z" },
      ],
    },
    { asOf: "2024-03-15" },
  );
  expect(await metricRow(leap, "partner_retention", "2024-02")).toMatchObject({ numerator: 1, denominator: 2 });
  // the running month ends on 15 March, so its spans begin after 15 March 2023 and 2022
  expect(await metricRow(leap, "partner_retention", "2024-03")).toMatchObject({
    numerator: 0,
    denominator: 2,
    status: "to_date",
  });
});

describe("the partner score", () => {
  test("ranks a partner among its type, or among all where the type is small (R120)", async () => {
    const won = (id: string, partner: string, amount: number, closed = "2026-08-01") => ({
      id,
      state: "won",
      amount,
      created_at: "2025-01-01",
      closed_on: closed,
      partner_id: partner,
      partner_role: "sourced",
      partner_declared_at: "2025-01-01",
    });
    const lost = (id: string, partner: string) => ({ ...won(id, partner, 1), state: "lost" });
    const scored = await build(
      {
        partners: [
          ...["p1", "p2", "p3", "p4", "p5"].map((id) => ({ id, name: id, type: "referral" })),
          ...["p6", "p7", "p8", "p9"].map((id) => ({ id, name: id, type: "agency" })),
        ],
        deals: [
          won("d1", "p1", 100),
          lost("d2", "p1"),
          won("d3", "p2", 200),
          won("d4", "p3", 200),
          // closed exactly 12 months before the as-of date: too early
          won("d5", "p4", 1000, "2025-09-30"),
          lost("d6", "p5"),
          won("d7", "p6", 300),
        ],
      },
      {
        config: {
          score: {
            weights: {
              sourced_bookings: 60,
              win_rate: 40,
              influenced_bookings: 0,
              sourced_pipeline: 0,
              active_dates: 0,
              certified: 0,
            },
          },
        },
      },
    );
    const score = (partner: string) => metricRow(scored, "partner_score", "current", `partner drop:${partner}`);
    // bookings 2/4 = 50, win rate one of three below = 33.33: 0.6 × 50 + 0.4 × 33.33
    expect(await score("p1")).toEqual({ value: 43.3, numerator: null, denominator: null, n: 5, status: "to_date" });
    // bookings (3 + ½)/4 = 87.5, win rate (2 + ½)/3 = 83.33
    expect((await score("p2"))?.value).toBe(85.8);
    // no closed deal in 12 months: bookings alone, ½ of 4
    expect((await score("p4"))?.value).toBe(12.5);
    expect((await score("p5"))?.value).toBe(7.5);
    // four agencies are too few, so among all nine: bookings 8/8 = 100, win rate (2 + ½ × 2)/4 = 75
    expect(await score("p6")).toMatchObject({ value: 90, n: 9 });
  });
});
