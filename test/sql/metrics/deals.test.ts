import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, build, buildKept } from "../../support/build.ts";
import { metricRow, metricValue } from "../../support/metrics.ts";

// The fiscal year starts in February: Q2 FY27 is May to July 2026, Q3 FY27 August to October. The as-of date is 30 September 2026.
const sourcedBy = (partner: string, on: string) => ({
  partner_id: partner,
  partner_role: "sourced",
  partner_declared_at: on,
});

let built: Built;

beforeAll(async () => {
  built = await buildKept(
    {
      partners: [
        { id: "p1", name: "Alpha", type: "referral", tier: "gold", region: "emea", manager: "Ann" },
        { id: "p2", name: "Beta", type: "referral", tier: "silver", region: "emea", parent_id: "p1" },
        { id: "p3", name: "Gamma", type: "agency", tier: "gold", region: "amer", manager: "Ann" },
      ],
      accounts: ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10"].map((id) => ({ id, name: id })),
      pipeline_stages: [
        { pipeline: "Sales", stage: "Discovery", probability: "0.1", state: "open", is_qualified: "false" },
        { pipeline: "Sales", stage: "Proposal", probability: "0.4", state: "open", is_qualified: "true" },
        { pipeline: "Sales", stage: "Won", probability: 1, state: "won" },
        { pipeline: "Sales", stage: "Lost", probability: 0, state: "lost" },
      ],
      deals: [
        {
          id: "d1",
          account_id: "a1",
          pipeline: "Sales",
          stage: "Won",
          state: "won",
          amount: 1000,
          created_at: "2026-05-01",
          closed_on: "2026-07-31",
          ...sourcedBy("p1", "2026-05-01"),
        },
        {
          id: "d2",
          account_id: "a2",
          pipeline: "Sales",
          stage: "Won",
          state: "won",
          amount: 2000,
          created_at: "2026-06-01",
          closed_on: "2026-08-01",
          ...sourcedBy("p1", "2026-06-01"),
        },
        {
          id: "d3",
          account_id: "a3",
          pipeline: "Sales",
          stage: "Won",
          state: "won",
          amount: 600,
          created_at: "2026-06-01",
          closed_on: "2026-08-15",
          ...sourcedBy("p2", "2026-06-01"),
        },
        {
          id: "d4",
          account_id: "a4",
          pipeline: "Sales",
          stage: "Lost",
          state: "lost",
          amount: 400,
          created_at: "2026-06-10",
          closed_on: "2026-09-01",
          ...sourcedBy("p2", "2026-06-10"),
        },
        {
          id: "d5",
          account_id: "a5",
          pipeline: "Sales",
          stage: "Won",
          state: "won",
          amount: "500.50",
          created_at: "2026-07-01",
          closed_on: "2026-08-20",
        },
        {
          id: "d6",
          account_id: "a6",
          pipeline: "Sales",
          stage: "Won",
          state: "won",
          amount: 300,
          created_at: "2026-07-01",
          closed_on: "2026-09-10",
        },
        {
          id: "d7",
          account_id: "a7",
          pipeline: "Sales",
          stage: "Lost",
          state: "lost",
          amount: 50,
          created_at: "2026-07-01",
          closed_on: "2026-09-11",
        },
        {
          id: "d8",
          account_id: "a8",
          pipeline: "Sales",
          stage: "Proposal",
          state: "open",
          amount: 700,
          probability: "0.5",
          created_at: "2026-08-01",
          expected_close_on: "2026-10-15",
          ...sourcedBy("p3", "2026-08-01"),
        },
        {
          id: "d9",
          account_id: "a9",
          pipeline: "Sales",
          stage: "Discovery",
          state: "open",
          amount: 90,
          created_at: "2026-08-05",
        },
        {
          id: "d10",
          account_id: "a10",
          pipeline: "Sales",
          stage: "Discovery",
          state: "open",
          amount: "110.01",
          probability: "0.25",
          created_at: "2026-08-30",
          ...sourcedBy("p1", "2026-08-30"),
        },
      ],
      deal_stages: [
        { deal_id: "d1", stage: "Discovery", entered_at: "2026-05-01T12:00:00Z" },
        { deal_id: "d1", stage: "Proposal", entered_at: "2026-05-11T12:00:00Z" },
        { deal_id: "d1", stage: "Discovery", entered_at: "2026-05-21T12:00:00Z" },
        { deal_id: "d1", stage: "Won", entered_at: "2026-07-31T12:00:00Z" },
        { deal_id: "d8", stage: "Discovery", entered_at: "2026-08-01T12:00:00Z" },
        { deal_id: "d8", stage: "Proposal", entered_at: "2026-08-31T12:00:00Z" },
        { deal_id: "d9", stage: "Discovery", entered_at: "2026-08-05T12:00:00Z" },
      ],
      touches: [
        { id: "t1", partner_id: "p1", deal_id: "d5", kind: "intro", occurred_at: "2026-07-02" },
        { id: "t2", partner_id: "p2", deal_id: "d5", kind: "demo", occurred_at: "2026-07-03" },
        { id: "t3", partner_id: "p1", deal_id: "d3", kind: "demo", occurred_at: "2026-07-03" },
      ],
      certifications: [
        { id: "c1", partner_id: "p1", kind: "sales", earned_on: "2026-01-01", expires_on: "2026-05-31" },
      ],
      overlaps: [
        { partner_id: "p2", account_id: "a8", kind: "customer", identified_on: "2026-08-01" },
        { partner_id: "p2", account_id: "a9", kind: "prospect", identified_on: "2026-08-01" },
      ],
      customers: [
        { id: "c2", name: "a2", account_id: "a2" },
        { id: "c5", name: "a5", account_id: "a5" },
        { id: "c0", name: "nobody" },
      ],
      invoices: [
        {
          id: "i1",
          customer_id: "c2",
          status: "paid",
          issued_at: "2026-07-15",
          currency: "USD",
          total: 1100,
          tax: 100,
          deal_id: "d2",
        },
        {
          id: "i2",
          customer_id: "c5",
          status: "paid",
          issued_at: "2026-08-25",
          currency: "USD",
          total: "500.50",
          deal_id: "d5",
        },
        { id: "i3", customer_id: "c0", status: "paid", issued_at: "2026-08-25", currency: "USD", total: 40 },
      ],
      payments: [
        { id: "y1", invoice_id: "i1", paid_at: "2026-08-01T03:30:00Z", amount: 1100, currency: "USD" },
        { id: "y2", invoice_id: "i2", paid_at: "2026-08-28T12:00:00Z", amount: "500.50", currency: "USD" },
        { id: "y3", invoice_id: "i3", paid_at: "2026-08-28T12:00:00Z", amount: 40, currency: "USD" },
      ],
      refunds: [{ id: "r1", payment_id: "y1", refunded_at: "2026-09-05T12:00:00Z", amount: 110, currency: "USD" }],
      targets: [
        { slice: "program", slice_key: "", metric: "sourced_bookings", period: "2027-Q3", amount: 4000 },
        { slice: "program", slice_key: "all", metric: "sourced_bookings", period: "2027-Q4", amount: 5000 },
        { slice: "type", slice_key: "Referral", metric: "sourced_bookings", period: "2027-Q3", amount: 2600 },
        { slice: "partner", slice_key: "p3", metric: "sourced_bookings", period: "2027-Q3", amount: 1000 },
        { slice: "partner", slice_key: "p2", metric: "sourced_bookings", period: "2027-Q3", amount: 500 },
      ],
    },
    { config: { reporting: { timezone: "America/New_York", fiscal_year_start: 2 } } },
  );
});

afterAll(() => built.close());

describe("bookings", () => {
  test("are sourced, influenced only or direct, and the three add up to the total", async () => {
    expect(await metricValue(built, "sourced_bookings", "2027-Q3")).toBe(2600);
    expect(await metricValue(built, "influenced_bookings", "2027-Q3")).toBe(500.5);
    expect(await metricValue(built, "direct_bookings", "2027-Q3")).toBe(300);
    expect(await metricValue(built, "total_bookings", "2027-Q3")).toBe(3400.5);
    expect(await metricValue(built, "touched_bookings", "2027-Q3")).toBe(3100.5);
  });

  test("lie in months, fiscal quarters and fiscal years named after the year they end in (R27)", async () => {
    expect(await metricValue(built, "sourced_bookings", "2026-07")).toBe(1000);
    expect(await metricValue(built, "sourced_bookings", "2027-Q2")).toBe(1000);
    expect(await metricValue(built, "sourced_bookings", "2027")).toBe(3600);
    expect(await metricValue(built, "sourced_bookings", "2026-Q3")).toBeUndefined();
  });

  test("count a deal in full for each partner that influences it, and once for a type with both of them (R91)", async () => {
    expect(await metricValue(built, "sourced_bookings", "2027-Q3", "partner drop:p1")).toBe(2000);
    // d3 600, which p2 sourced, and d5 500.50
    expect(await metricValue(built, "influenced_bookings", "2027-Q3", "partner drop:p1")).toBe(1100.5);
    expect(await metricValue(built, "influenced_bookings", "2027-Q3", "partner drop:p2")).toBe(500.5);
    expect(await metricValue(built, "influenced_bookings", "2027-Q3", "type referral")).toBe(1100.5);
    expect(await metricValue(built, "touched_bookings", "2027-Q3", "type referral")).toBe(3100.5);
    expect((await metricRow(built, "influenced_bookings", "2027-Q3", "type referral"))?.n).toBe(2);
  });

  test("of a child are not its parent's (R13)", async () => {
    // p1 is the parent of p2 and has its own 2000 only
    expect(await metricValue(built, "sourced_bookings", "2027-Q3", "partner drop:p1")).toBe(2000);
    expect(await metricValue(built, "sourced_bookings", "2027-Q3", "partner drop:p2")).toBe(600);
  });

  test("of a partner without a manager are in no manager's row (R80)", async () => {
    expect(await metricValue(built, "sourced_bookings", "2027-Q3", "manager Ann")).toBe(2000);
    expect(await built.rows("select * from metrics.value where slice = 'manager' and slice_key <> 'Ann'")).toEqual([]);
  });

  test("are shared out by each credit model without losing a cent", async () => {
    // d2 to p1 alone, d3 and d5 half each: 2000 + 300 + 250.25
    expect(await metricValue(built, "credited_bookings.linear", "2027-Q3", "partner drop:p1")).toBe(2550.25);
    expect(await metricValue(built, "credited_bookings.linear", "2027-Q3", "partner drop:p2")).toBe(550.25);
    expect(await metricValue(built, "credited_bookings.linear", "2027-Q3")).toBe(3100.5);
    expect(await metricValue(built, "credited_bookings.sourced_wins", "2027-Q3")).toBe(2600);
  });

  test("are shared by partners as a part of the program's total, also in a slice (R71)", async () => {
    expect(await metricRow(built, "sourced_share", "2027-Q3")).toMatchObject({
      numerator: 2600,
      denominator: 3400.5,
      n: 4,
    });
    expect(await metricValue(built, "sourced_share", "2027-Q3", "partner drop:p2")).toBeCloseTo(600 / 3400.5, 11);
  });

  test("depend on their largest partners (R86)", async () => {
    expect(await metricRow(built, "top_partner_share", "2027-Q3")).toMatchObject({
      numerator: 2000,
      denominator: 2600,
      n: 2,
    });
    expect(await metricValue(built, "top5_partner_share", "2027-Q3")).toBe(1);
    // (2000² + 600²) / 2600²
    expect(await metricValue(built, "partner_hhi", "2027-Q3")).toBe(0.644970414201);
  });
});

describe("collected money", () => {
  test("falls on the day it was paid in the reporting zone, before tax", async () => {
    // 03:30 UTC on 1 August is 31 July in New York
    expect(await metricValue(built, "sourced_collected", "2026-07")).toBe(1000);
    expect(await metricValue(built, "sourced_collected", "2026-08")).toBeUndefined();
  });

  test("is reduced by refunds when they happen", async () => {
    expect(await metricValue(built, "sourced_collected", "2026-09")).toBe(-100);
    expect(await metricValue(built, "sourced_collected", "2027", "partner drop:p1")).toBe(900);
  });

  test("adds up with what no deal explains", async () => {
    expect(await metricValue(built, "influenced_collected", "2027-Q3")).toBe(500.5);
    expect(await metricValue(built, "influenced_collected", "2027-Q3", "partner drop:p2")).toBe(500.5);
    expect(await metricValue(built, "unlinked_collected", "2027-Q3")).toBe(40);
    expect(await metricValue(built, "total_collected", "2027-Q3")).toBe(440.5);
  });

  test("is credited like the deal it belongs to", async () => {
    expect(await metricValue(built, "credited_collected.sourced_wins", "2026-07", "partner drop:p1")).toBe(1000);
    expect(await metricValue(built, "credited_collected.linear", "2026-08", "partner drop:p2")).toBe(250.25);
  });
});

describe("pipeline", () => {
  test("is what is open now", async () => {
    expect(await metricValue(built, "open_pipeline", "current")).toBe(900.01);
    expect(await metricValue(built, "sourced_pipeline", "current")).toBe(810.01);
    expect(await metricValue(built, "sourced_pipeline", "current", "type agency")).toBe(700);
    expect((await metricRow(built, "open_pipeline", "current"))?.status).toBe("to_date");
  });

  test("is weighted per deal, by its own probability or its stage's (R73)", async () => {
    // 350 + 9 + 27.5025 rounded to 27.50
    expect(await metricValue(built, "weighted_pipeline", "current")).toBe(386.5);
    expect(await metricValue(built, "weighted_pipeline", "current", "partner drop:p1")).toBe(27.5);
  });

  test("is stale when nothing moved for more than 30 days (R119)", async () => {
    // d8 moved on 31 August, exactly 30 days ago; d10 was created the day before that
    expect(await metricValue(built, "stale_deals", "current")).toBe(1);
    expect(await metricValue(built, "stale_pipeline", "current")).toBe(110.01);
  });

  test("was created, whatever became of it (R72)", async () => {
    expect(await metricValue(built, "created_pipeline", "2026-06")).toBe(3000);
    expect(await metricValue(built, "created_pipeline", "2026-07")).toBe(850.5);
    expect(await metricValue(built, "created_pipeline.sourced", "2026-06", "partner drop:p2")).toBe(1000);
    expect(await metricValue(built, "created_pipeline.influenced", "2026-07")).toBe(500.5);
    expect(await metricValue(built, "created_pipeline.influenced", "2026-06", "partner drop:p1")).toBe(600);
    expect(await metricValue(built, "created_pipeline.direct", "2026-07")).toBe(350);
  });

  test("overlaps accounts that already are customers of a partner", async () => {
    // a8 of three open deals; a9 is only a prospect of one
    expect(await metricRow(built, "account_coverage", "current")).toMatchObject({ numerator: 1, denominator: 3, n: 3 });
  });
});

describe("wins", () => {
  test("are counted and divided for sourced deals (R82)", async () => {
    expect(await metricValue(built, "won_deals", "2027-Q3")).toBe(2);
    expect(await metricValue(built, "lost_deals", "2027-Q3")).toBe(1);
    expect(await metricRow(built, "win_rate", "2027-Q3")).toEqual({
      value: 0.666666666667,
      numerator: 2,
      denominator: 3,
      n: 3,
      status: "to_date",
    });
    expect(await metricRow(built, "win_rate_amount", "2027-Q3")).toMatchObject({ numerator: 2600, denominator: 3000 });
    expect(await metricValue(built, "direct_win_rate", "2027-Q3")).toBe(0.5);
  });

  test("have no row where nothing closed (R80)", async () => {
    expect(await metricRow(built, "win_rate", "2027-Q3", "partner drop:p3")).toBeUndefined();
    expect(await metricRow(built, "won_deals", "2027-Q3", "partner drop:p3")).toBeUndefined();
  });

  test("have a mean and a median amount (R74)", async () => {
    expect(await metricRow(built, "average_deal", "2027")).toMatchObject({
      value: 1200,
      numerator: 3600,
      denominator: 3,
      n: 3,
    });
    expect(await metricRow(built, "median_deal", "2027")).toMatchObject({
      value: 1000,
      numerator: null,
      denominator: null,
    });
    expect(await metricValue(built, "median_deal", "2027-Q3")).toBe(1300);
  });

  test("differ by the source's certification on the created date (R118)", async () => {
    // d1 began on 1 May, d2 on 1 June: the certification ended on 31 May
    expect(await metricRow(built, "win_rate.certified", "2027")).toMatchObject({ value: 1, n: 1 });
    expect(await metricRow(built, "win_rate.uncertified", "2027")).toMatchObject({ numerator: 2, denominator: 3 });
    expect(await metricValue(built, "average_deal.certified", "2027")).toBe(1000);
    expect(await metricValue(built, "average_deal.uncertified", "2027")).toBe(1300);
    expect(await metricValue(built, "cycle_days_median.certified", "2027")).toBe(91);
    expect(await metricValue(built, "cycle_days_median.uncertified", "2027")).toBe(68);
  });

  test("take days from the deal's creation to its close (R75)", async () => {
    // 91, 61 and 75 days
    expect(await metricValue(built, "cycle_days_median", "2027")).toBe(75);
    expect(await metricValue(built, "cycle_days_median", "2027-Q3")).toBe(68);
    expect(await metricRow(built, "cycle_days_mean", "2027")).toMatchObject({
      value: 75.666666666667,
      numerator: 227,
      denominator: 3,
    });
  });

  test("give a velocity per day, rounded once (R76)", async () => {
    // one qualified open deal × 3600/3 × 3/4 ÷ (227/3) = 11.894…
    expect(await metricRow(built, "pipeline_velocity", "current")).toEqual({
      value: 11.89,
      numerator: null,
      denominator: null,
      n: 1,
      status: "to_date",
    });
  });

  test("give no velocity to a partner that closed nothing", async () => {
    expect(await metricRow(built, "pipeline_velocity", "current", "partner drop:p3")).toMatchObject({
      value: null,
      n: 1,
    });
  });
});

describe("stages", () => {
  test("add re-entries up and age open deals to the as-of date, by first entry (R77)", async () => {
    // d1: 1 to 11 May and 21 May to its close on 31 July
    expect(await metricValue(built, "stage_days_median.Discovery", "2026-05")).toBe(10 + 71);
    expect(await metricValue(built, "stage_days_median.Proposal", "2026-05")).toBe(10);
    // d8 1 to 31 August, d9 5 August to 30 September
    expect(await metricValue(built, "stage_days_median.Discovery", "2026-08")).toBe((30 + 56) / 2);
    expect(await metricValue(built, "stage_days_median.Discovery", "2026-08", "partner drop:p3")).toBe(30);
  });

  test("that end a deal have no days", async () => {
    expect(await built.rows("select * from metrics.value where metric = 'stage_days_median.Won'")).toEqual([]);
  });
});

describe("targets", () => {
  test("are reached in part, in a period that has not begun not at all (R14, R80)", async () => {
    expect(await metricRow(built, "target_attainment", "2027-Q3")).toMatchObject({
      value: 0.65,
      numerator: 2600,
      denominator: 4000,
    });
    expect(await metricRow(built, "target_attainment", "2027-Q4")).toMatchObject({ value: 0, status: "to_date" });
    expect(await metricValue(built, "target_attainment", "2027-Q3", "partner drop:p3")).toBe(0);
  });

  test("serve their own period and slice only: two quarters make no year, a type's no partner's (R14)", async () => {
    expect(await metricRow(built, "target_attainment", "2027")).toBeUndefined();
    expect(await metricRow(built, "target_attainment", "2027-Q3", "partner drop:p1")).toBeUndefined();
  });

  test("are covered by the pipeline that is expected in the period", async () => {
    // 700 expected on 15 October against 4000 − 2600
    expect(await metricRow(built, "pipeline_coverage", "2027-Q3")).toMatchObject({
      value: 0.5,
      numerator: 700,
      denominator: 1400,
    });
    expect(await metricValue(built, "pipeline_coverage", "2027-Q4")).toBe(0);
    expect(await metricValue(built, "pipeline_coverage", "2027-Q3", "partner drop:p3")).toBe(0.7);
  });

  test("that are met leave nothing to cover (R85)", async () => {
    expect(await metricValue(built, "target_attainment", "2027-Q3", "type referral")).toBe(1);
    expect(await metricValue(built, "pipeline_coverage", "2027-Q3", "type referral")).toBeNull();
    expect(await metricValue(built, "target_attainment", "2027-Q3", "partner drop:p2")).toBe(1.2);
    expect(await metricValue(built, "pipeline_coverage", "2027-Q3", "partner drop:p2")).toBeNull();
  });
});

describe("periods", () => {
  test("are final once their last day is over, and to date before (R81)", async () => {
    expect((await metricRow(built, "sourced_bookings", "2026-08"))?.status).toBe("final");
    // 30 September was asked for, so it counts as over (R81)
    expect((await metricRow(built, "total_bookings", "2026-09"))?.status).toBe("final");
    expect((await metricRow(built, "total_bookings", "2027-Q3"))?.status).toBe("to_date");
  });

  test("end where they should", async () => {
    expect(
      await built.rows(
        "select starts_on, ends_on from metrics.period where period in ('2027-Q3', '2027', '2026-09') order by period",
      ),
    ).toEqual([
      { starts_on: "2026-09-01", ends_on: "2026-09-30" },
      { starts_on: "2026-02-01", ends_on: "2027-01-31" },
      { starts_on: "2026-08-01", ends_on: "2026-10-31" },
    ]);
  });
});

test("means and medians of money are rounded once, and a month of losses has no largest partner (R74, R86)", async () => {
  const won = (id: string, closed: string, amount: string) => ({
    id,
    state: "won",
    amount,
    currency: "USD",
    created_at: "2026-01-01",
    closed_on: closed,
    ...sourcedBy("p1", "2026-01-01"),
  });
  const small = await build({
    partners: [{ id: "p1", name: "P1", type: "referral" }],
    deals: [
      won("d1", "2026-08-01", "10.00"),
      won("d2", "2026-08-02", "10.01"),
      won("d3", "2026-07-01", "-5.00"),
      won("d4", "2026-06-01", "1.00"),
      won("d5", "2026-06-02", "1.00"),
      won("d6", "2026-06-03", "1.01"),
    ],
  });
  // 20.01 / 2 = 10.005, half away from zero; 3.01 / 3 = 1.00333…
  expect(await metricRow(small, "average_deal", "2026-08")).toMatchObject({ value: 10.01, numerator: 20.01 });
  expect(await metricValue(small, "median_deal", "2026-08")).toBe(10.01);
  expect(await metricValue(small, "average_deal", "2026-06")).toBe(1);
  expect(await metricValue(small, "sourced_bookings", "2026-07")).toBe(-5);
  // of -5.00 nobody has a share: the row of one partner stands without a value (R86)
  for (const metric of ["top_partner_share", "top5_partner_share"]) {
    expect(await metricRow(small, metric, "2026-07")).toMatchObject({
      value: null,
      numerator: -5,
      denominator: null,
      n: 1,
    });
  }
  expect(await metricRow(small, "partner_hhi", "2026-07")).toMatchObject({ value: null, n: 1 });
});

test("our own invariants hold", () => {
  expect(built.result.stopping).toEqual([]);
});
