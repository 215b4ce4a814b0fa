import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/extract/log.ts";
import { type Built, buildKept, type Drop, recordsOf } from "../../support/build.ts";

// New York is four hours behind UTC at the end of June: the as-of date ends at 04:00 UTC of the next day.
const beforeMidnight = "2026-07-01T03:59:59Z";
const afterMidnight = "2026-07-01T04:00:00Z";
const config = { reporting: { timezone: "America/New_York" } };

const drop: Drop = {
  partners: [
    { id: "p1", name: "One", type: "referral", status: "ended", ended_on: "2026-07-01" },
    { id: "p2", name: "Two", type: "referral", status: "ended" },
    { id: "p3", name: "Three", type: "referral", status: "prospect", ended_on: "2026-06-30" },
  ],
  accounts: [{ id: "a1", name: "Acme", created_at: "2026-09-01" }],
  pipeline_stages: [
    { pipeline: "New", stage: "Talk", position: 1, state: "open", probability: "0.2", is_qualified: "false" },
    { pipeline: "New", stage: "Offer", position: 2, state: "open", probability: "0.6", is_qualified: "true" },
    { pipeline: "New", stage: "Signed", position: 3, state: "won", probability: "1", is_qualified: "true" },
    { pipeline: "New", stage: "Dead", position: 4, state: "lost", probability: "0" },
  ],
  deals: [
    {
      id: "last-moment",
      state: "open",
      created_at: beforeMidnight,
      pipeline: "New",
      stage: "Talk",
      closed_on: "2026-06-01",
    },
    { id: "too-late", state: "open", created_at: afterMidnight },
    {
      id: "closed-later",
      state: "won",
      created_at: "2026-05-01",
      closed_on: "2026-07-01",
      pipeline: "New",
      stage: "Signed",
      probability: "1",
      lost_reason: "none",
    },
    {
      id: "closed-today",
      state: "won",
      created_at: "2026-05-01",
      closed_on: "2026-06-30",
      pipeline: "New",
      stage: "Signed",
    },
    { id: "no-date", state: "won", created_at: "2026-05-01", pipeline: "New", stage: "Signed" },
    { id: "no-date-later", state: "won", created_at: "2026-05-01", pipeline: "New", stage: "Signed" },
    {
      id: "no-date-at-all",
      state: "lost",
      created_at: "2026-05-01",
      pipeline: "New",
      stage: "Dead",
      amount: "5.00",
      currency: "USD",
    },
    {
      id: "contradicts",
      state: "lost",
      created_at: "2026-05-01",
      closed_on: "2026-06-01",
      pipeline: "New",
      stage: "Offer",
    },
    {
      id: "declared-later",
      state: "open",
      created_at: "2026-05-01",
      partner_id: "p1",
      partner_role: "sourced",
      partner_declared_at: afterMidnight,
    },
    { id: "no-pipeline", state: "open", created_at: "2026-05-01", stage: "Offer" },
    { id: "own-odds", state: "open", created_at: "2026-05-01", pipeline: "New", stage: "Offer", probability: "0.35" },
  ],
  deal_stages: [
    { deal_id: "closed-later", stage: "Talk", entered_at: "2026-05-01" },
    { deal_id: "closed-later", stage: "Offer", entered_at: "2026-06-01" },
    { deal_id: "closed-later", stage: "Signed", entered_at: afterMidnight },
    { deal_id: "no-date", stage: "Signed", entered_at: "2026-05-10T12:00:00Z" },
    { deal_id: "no-date", stage: "Offer", entered_at: "2026-05-12T12:00:00Z" },
    { deal_id: "no-date", stage: "Signed", entered_at: "2026-06-01T02:00:00Z" },
    { deal_id: "no-date-at-all", stage: "Offer", entered_at: "2026-06-01T02:00:00Z" },
    { deal_id: "no-date-later", stage: "Talk", entered_at: "2026-06-01T02:00:00Z" },
    { deal_id: "no-date-later", stage: "Signed", entered_at: "2026-07-04T12:00:00Z" },
  ],
  deal_partners: [
    {
      deal_id: "last-moment",
      partner_id: "p1",
      role: "sourced",
      recorded_at: beforeMidnight,
      removed_at: afterMidnight,
    },
    { deal_id: "last-moment", partner_id: "p2", role: "sourced", recorded_at: afterMidnight },
    { deal_id: "too-late", partner_id: "p2", role: "sourced" },
  ],
  registrations: [
    {
      id: "r1",
      partner_id: "p1",
      deal_id: "too-late",
      submitted_at: "2026-06-01",
      decided_at: afterMidnight,
      status: "approved",
    },
    { id: "r2", partner_id: "p1", submitted_at: "2026-06-01", decided_at: beforeMidnight, status: "rejected" },
    { id: "r3", partner_id: "p1", submitted_at: afterMidnight, status: "submitted" },
    { id: "r4", partner_id: "p1", submitted_at: "2026-06-01", decided_at: afterMidnight, status: "withdrawn" },
  ],
  leads: [
    { id: "l1", partner_id: "p1", received_at: "2026-06-01", responded_at: beforeMidnight, accepted_at: afterMidnight },
    { id: "l2", partner_id: "p1", received_at: afterMidnight },
  ],
  touches: [
    { id: "t1", partner_id: "p1", kind: "call", occurred_at: "2026-06-01", recorded_at: afterMidnight },
    { id: "t2", partner_id: "p1", kind: "call", occurred_at: "2026-06-01", removed_at: afterMidnight },
  ],
  certifications: [
    { id: "k1", partner_id: "p1", earned_on: "2026-06-30" },
    { id: "k2", partner_id: "p1", earned_on: "2026-07-01" },
  ],
  customers: [{ id: "c1" }],
  invoices: [{ id: "i1", customer_id: "c1", issued_at: "2026-08-01", currency: "USD", total: "9.00" }],
  payments: [
    { id: "y1", invoice_id: "i1", paid_at: beforeMidnight, amount: "4.00", currency: "USD" },
    { id: "y2", invoice_id: "i1", paid_at: afterMidnight, amount: "5.00", currency: "USD" },
  ],
  overlaps: [
    { partner_id: "p1", account_id: "a1", kind: "customer", identified_on: "2026-06-30" },
    { partner_id: "p2", account_id: "a1", kind: "customer", identified_on: "2026-07-01" },
  ],
  activities: [
    { id: "v1", partner_id: "p1", kind: "login", occurred_at: beforeMidnight },
    { id: "v2", partner_id: "p1", kind: "login", occurred_at: afterMidnight },
  ],
  overrides: [
    { deal_id: "own-odds", decision: "none", reason: "r", approver: "a", decided_at: beforeMidnight },
    { deal_id: "no-pipeline", decision: "none", reason: "r", approver: "a", decided_at: afterMidnight },
  ],
  payouts: [
    { id: "z1", partner_id: "p1", paid_at: beforeMidnight, amount: "1.00", currency: "USD" },
    { id: "z2", partner_id: "p1", paid_at: afterMidnight, amount: "1.00", currency: "USD" },
  ],
  fx_rates: [
    { on: "2026-06-30", from_currency: "EUR", to_currency: "USD", rate: "1.1" },
    { on: "2026-07-01", from_currency: "EUR", to_currency: "USD", rate: "1.2" },
  ],
  refunds: [{ id: "x1", payment_id: "y1", refunded_at: afterMidnight, amount: "1.00", currency: "USD" }],
};

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop, { config, asOf: "2026-06-30" });
}, 120_000);
afterAll(() => built.close());

const deal = (key: string): Promise<Record<string, unknown>[]> =>
  built.rows(`select * from staging.stg_deals where deal_key = 'drop:${key}'`);

describe("what happened after the as-of date (R17)", () => {
  test("has not happened: the day ends at midnight of the reporting zone (R18)", async () => {
    expect(await deal("last-moment")).toMatchObject([{ created_on: "2026-06-30" }]);
    expect(await deal("too-late")).toEqual([]);
  });

  test("a deal closed later is open, in the stage it last entered, at that stage's probability", async () => {
    expect(await deal("closed-later")).toMatchObject([
      {
        state: "open",
        stage: "Offer",
        probability: "0.600000000000",
        is_qualified: true,
        closed_on: null,
        lost_reason: null,
      },
    ]);
    expect(await deal("closed-today")).toMatchObject([{ state: "won", closed_on: "2026-06-30" }]);
  });

  test("a registration decided later is still submitted; a withdrawn one stays withdrawn", async () => {
    expect(
      await built.rows(
        "select registration_key, status, decided_at is null as undecided from staging.stg_registrations order by all",
      ),
    ).toEqual([
      { registration_key: "drop:r1", status: "submitted", undecided: true },
      { registration_key: "drop:r2", status: "rejected", undecided: false },
      { registration_key: "drop:r4", status: "withdrawn", undecided: true },
    ]);
  });

  test("answers, acceptances and removals of later are not there; roles and touches recorded later do not exist", async () => {
    expect(
      await built.rows("select lead_key, responded_at is null as a, accepted_at is null as b from staging.stg_leads"),
    ).toEqual([{ lead_key: "drop:l1", a: false, b: true }]);
    expect(
      await built.rows("select deal_key, partner_key, removed_at from staging.stg_deal_partners order by all"),
    ).toEqual([
      { deal_key: "drop:last-moment", partner_key: "drop:p1", removed_at: null },
      { deal_key: "drop:too-late", partner_key: "drop:p2", removed_at: null },
    ]);
    expect(await built.rows("select touch_key, removed_at from staging.stg_touches")).toEqual([
      { touch_key: "drop:t2", removed_at: null },
    ]);
    expect(await deal("declared-later")).toMatchObject([{ partner_key: null, partner_role: null }]);
  });

  test("what names a deal not yet created keeps naming it (R23)", async () => {
    expect(await built.cell("select deal_key from staging.stg_registrations where registration_key = 'drop:r1'")).toBe(
      "drop:too-late",
    );
  });

  test("a partner ended later is not ended; one ended without a date is (R29)", async () => {
    expect(
      await built.rows(
        "select partner_key, status, is_ended, is_prospect, ended_on from staging.stg_partners order by all",
      ),
    ).toEqual([
      { partner_key: "drop:p1", status: "active", is_ended: false, is_prospect: false, ended_on: null },
      { partner_key: "drop:p2", status: "ended", is_ended: true, is_prospect: false, ended_on: null },
      { partner_key: "drop:p3", status: "ended", is_ended: true, is_prospect: true, ended_on: "2026-06-30" },
    ]);
  });

  test("overlaps, activities, overrides, payouts and rates of later do not exist", async () => {
    const only = async (column: string, table: string): Promise<unknown[]> =>
      (await built.rows<Record<string, unknown>>(`select ${column} from staging.${table}`)).map((row) => row[column]);
    expect(await only("partner_key", "stg_overlaps")).toEqual(["drop:p1"]);
    expect(await only("activity_key", "stg_activities")).toEqual(["drop:v1"]);
    expect(await only("deal_key", "stg_overrides")).toEqual(["drop:own-odds"]);
    expect(await only("payout_key", "stg_payouts")).toEqual(["drop:z1"]);
    expect(await only("rate_on", "stg_fx_rates")).toEqual(["2026-06-30"]);
  });

  test("certifications, payments and refunds of later do not exist; accounts and invoices are not cut", async () => {
    expect(await built.rows("select certification_key from staging.stg_certifications")).toEqual([
      { certification_key: "drop:k1" },
    ]);
    expect(await built.rows("select payment_key, paid_on from staging.stg_payments")).toEqual([
      { payment_key: "drop:y1", paid_on: "2026-06-30" },
    ]);
    expect(await built.cell("select count(*) from staging.stg_refunds")).toBe(0);
    expect(await built.cell("select status from staging.stg_invoices")).toBe("open");
    expect(await built.cell("select count(*) from staging.stg_accounts")).toBe(1);
    expect(await built.cell("select count(*) from staging.quarantine")).toBe(0);
  });
});

describe("a closed deal without a close date (R08)", () => {
  test("closed when it last entered a stage of its state, on that day in the reporting zone", async () => {
    expect(await deal("no-date")).toMatchObject([{ state: "won", closed_on: "2026-05-31" }]);
  });

  test("is open when that entry is after the as-of date", async () => {
    expect(await deal("no-date-later")).toMatchObject([
      { state: "open", stage: "Talk", probability: "0.200000000000" },
    ]);
  });

  test("without any such entry has none, and is listed with its amount", async () => {
    expect(await deal("no-date-at-all")).toMatchObject([{ state: "lost", closed_on: null }]);
    expect(
      await built.rows(
        "select entity_key, amount_reporting_minor from quality.issue where check_id = 'close_date_missing'",
      ),
    ).toEqual([{ entity_key: "drop:no-date-at-all", amount_reporting_minor: 500 }]);
  });
});

describe("stages", () => {
  test("the deal's own state decides, and a stage that says otherwise is listed (R09)", async () => {
    expect(await deal("contradicts")).toMatchObject([{ state: "lost", closed_on: "2026-06-01" }]);
    expect(await built.rows("select entity_key from quality.issue where check_id = 'stage_state_differs'")).toEqual([
      { entity_key: "drop:contradicts" },
    ]);
  });

  test("the deal's own probability goes before its stage's; a stage is found without its pipeline when only one has it", async () => {
    expect(await deal("own-odds")).toMatchObject([{ probability: "0.350000000000", is_qualified: true }]);
    expect(await deal("no-pipeline")).toMatchObject([{ probability: "0.600000000000", is_qualified: true }]);
  });

  test("the close date of an open deal is ignored (R08)", async () => {
    expect(await deal("last-moment")).toMatchObject([{ state: "open", closed_on: null, is_qualified: false }]);
  });
});

describe("the log", () => {
  const version = (id: string, name: string, day: string, operation: "upsert" | "delete" = "upsert"): LogRecord => ({
    ...(recordsOf("drop", { accounts: [{ id, name }] }, new Date(`${day}T12:00:00Z`))[0] as LogRecord),
    operation,
    reason: operation === "delete" ? "gone" : null,
  });
  const records = [
    version("a", "June", "2026-06-01"),
    version("b", "June", "2026-06-01"),
    version("d", "June", "2026-06-01"),
    version("d", "June", "2026-06-10", "delete"),
    version("a", "late June", "2026-06-30"),
    version("a", "July", "2026-07-01"),
    version("b", "June", "2026-07-02", "delete"),
    version("c", "first", "2026-07-02"),
    version("c", "second", "2026-07-03"),
  ];
  const sources = [{ name: "drop", kind: "files", path: "." }];
  const names = (of: Built): Promise<unknown> =>
    of.rows("select account_key, name from staging.stg_accounts order by all");

  test("with an as-of date gives the version of that day, a later record's first one, and no later deletion (R92)", async () => {
    const then = await buildKept({}, { records, sources, asOf: "2026-06-30", only: ["staging.stg_accounts"] });
    expect(await names(then)).toEqual([
      { account_key: "drop:a", name: "late June" },
      { account_key: "drop:b", name: "June" },
      { account_key: "drop:c", name: "first" },
    ]);
    await then.close();
  }, 120_000);

  test("without one gives the latest version, and nothing that is deleted (R92)", async () => {
    const now = await buildKept(
      {},
      { records, sources, asOf: "2026-07-05", isExplicit: false, only: ["staging.stg_accounts"] },
    );
    expect(await names(now)).toEqual([
      { account_key: "drop:a", name: "July" },
      { account_key: "drop:c", name: "second" },
    ]);
    await now.close();
  }, 120_000);
});
