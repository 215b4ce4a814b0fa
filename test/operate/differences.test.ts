import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { withDifferences } from "../../src/operate/differences.ts";
import type { Drop } from "../support/build.ts";
import { added, changed, frozenCompany, frozenConfig, frozenScope } from "../support/frozen-company.ts";
import { comparedTables, warehouseFile } from "../support/warehouse-file.ts";

vi.setConfig({ testTimeout: 180_000 });

let before = "";
let clean = async (): Promise<void> => {};

beforeAll(async () => {
  const options = { asOf: "2026-10-01", config: frozenConfig, only: await comparedTables() };
  before = await warehouseFile(frozenCompany, options, (removal) => {
    clean = removal;
  });
}, 180_000);

afterAll(() => clean());

interface Line {
  readonly line: string;
  readonly difference: number;
  readonly reason: string;
}

interface Asked {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly asOf?: string;
}

/** What the comparison of the company as it was and as it is says. */
interface Compared {
  /** `bookings direct d2`, `credited_bookings p1 d1`; parts have no line left over or the comparison fails. */
  readonly lines: readonly Line[];
  /** What is said of single lines, each once. */
  readonly details: readonly unknown[];
}

async function comparedTo(drop: Drop, asked: Asked = {}): Promise<Compared> {
  const after = await warehouseFile(drop, {
    asOf: asked.asOf ?? "2026-10-20",
    config: { ...frozenConfig, ...asked.config },
    only: await comparedTables(),
  });
  return withDifferences({ before, after, scope: frozenScope }, async (connection) => ({
    lines: await connection.rows<Line>(
      `select
           concat_ws(' ', measure, replace(coalesce(class, partner_key, ''), 'drop:', ''), replace(coalesce(cash_key, deal_key, entry_key), 'drop:', '')) as line,
           difference_minor as difference,
           reason
       from difference.line
       order by measure, class, partner_key, step, cash_key`,
    ),
    details: (await connection.rows("select distinct detail from difference.line")).map((row) => row.detail),
  }));
}

const linesTo = async (drop: Drop, asked: Asked = {}): Promise<readonly Line[]> =>
  (await comparedTo(drop, asked)).lines;

describe("a closed quarter", () => {
  test("that nothing happened to has no difference, whatever day it is", async () => {
    expect(await linesTo(frozenCompany)).toEqual([]);
  });

  test("hit by a touch recorded after the close but in time", async () => {
    const drop = added("touches", {
      id: "t9",
      partner_id: "p2",
      deal_id: "d2",
      kind: "meeting",
      occurred_at: "2026-09-20T09:00:00Z",
      recorded_at: "2026-10-03T09:00:00Z",
    });
    const { lines, details } = await comparedTo(drop);
    expect(lines).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "late_evidence" },
      { line: "bookings influenced d2", difference: 50_000, reason: "late_evidence" },
      { line: "influenced_bookings p2 d2", difference: 50_000, reason: "late_evidence" },
    ]);
    expect(details).toEqual(["meeting drop:t9 of drop:p2 came on 3 Oct 2026, after the close on 25 Sep 2026"]);
  });

  test("hit by a touch recorded too late to count has no difference", async () => {
    const drop = added("touches", {
      id: "t9",
      partner_id: "p2",
      deal_id: "d2",
      kind: "meeting",
      occurred_at: "2026-09-20T09:00:00Z",
      recorded_at: "2026-10-15T09:00:00Z",
    });
    expect(await linesTo(drop)).toEqual([]);
  });

  test("hit by a registration approved after the close", async () => {
    const drop = added("registrations", {
      id: "r9",
      partner_id: "p2",
      deal_id: "d2",
      submitted_at: "2026-09-20T09:00:00Z",
      decided_at: "2026-10-02T09:00:00Z",
      status: "approved",
    });
    expect(await linesTo(drop)).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "late_evidence" },
      { line: "bookings influenced d2", difference: 50_000, reason: "late_evidence" },
      { line: "influenced_bookings p2 d2", difference: 50_000, reason: "late_evidence" },
    ]);
  });

  test("hit by a touch that was dated in time and only entered since", async () => {
    const drop = added("touches", {
      id: "t9",
      partner_id: "p2",
      deal_id: "d2",
      kind: "meeting",
      occurred_at: "2026-09-20T09:00:00Z",
    });
    expect((await linesTo(drop)).map((line) => line.reason)).toEqual(["new_evidence", "new_evidence", "new_evidence"]);
  });

  test("hit by a deal that was deleted", async () => {
    expect(await linesTo(changed("deals", "d4", null))).toEqual([
      { line: "bookings influenced d4", difference: -30_000, reason: "deleted" },
      { line: "influenced_bookings p1 d4", difference: -30_000, reason: "deleted" },
    ]);
  });

  test("hit by a deal that was merged into another one, which takes its touch along", async () => {
    expect(await linesTo(changed("deals", "d4", { merged_into_id: "d2" }))).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "merged" },
      { line: "bookings influenced d4", difference: -30_000, reason: "merged" },
      { line: "bookings influenced d2", difference: 50_000, reason: "merged" },
      { line: "influenced_bookings p1 d4", difference: -30_000, reason: "merged" },
      { line: "influenced_bookings p1 d2", difference: 50_000, reason: "merged" },
    ]);
  });

  test("hit by an amount that was changed", async () => {
    expect(await linesTo(changed("deals", "d1", { amount: "1100.00" }))).toEqual([
      { line: "bookings sourced d1", difference: 10_000, reason: "amount_changed" },
      { line: "credited_bookings p1 d1", difference: 10_000, reason: "amount_changed" },
    ]);
  });

  test("hit by a rule that was changed: the touch of 5 August is no longer in the window", async () => {
    const config = { attribution: { qualifying_kinds: ["demo"] } };
    const { lines, details } = await comparedTo(frozenCompany, { config });
    expect(lines).toEqual([
      { line: "bookings direct d4", difference: 30_000, reason: "rule_changed" },
      { line: "bookings influenced d4", difference: -30_000, reason: "rule_changed" },
      { line: "influenced_bookings p1 d4", difference: -30_000, reason: "rule_changed" },
    ]);
    expect(details).toEqual(['attribution.qualifying_kinds was not set, is ["demo"] now']);
  });

  test("hit by an exchange rate that was changed: 200.00 EUR at 1.20 are 240.00", async () => {
    const drop = {
      ...frozenCompany,
      fx_rates: [{ on: "2026-08-01", from_currency: "EUR", to_currency: "USD", rate: "1.20" }],
    };
    expect(await linesTo(drop)).toEqual([
      { line: "bookings sourced d3", difference: 2_000, reason: "fx_changed" },
      { line: "credited_bookings p2 d3", difference: 2_000, reason: "fx_changed" },
    ]);
  });

  test("hit by a new amount and a new rate at once: 300.00 EUR are 330.00 at the old rate and 360.00 at the new one", async () => {
    const drop = {
      ...changed("deals", "d3", { amount: "300.00" }),
      fx_rates: [{ on: "2026-08-01", from_currency: "EUR", to_currency: "USD", rate: "1.20" }],
    };
    expect(await linesTo(drop)).toEqual([
      { line: "bookings sourced d3", difference: 11_000, reason: "amount_changed" },
      { line: "bookings sourced d3", difference: 3_000, reason: "fx_changed" },
      { line: "credited_bookings p2 d3", difference: 11_000, reason: "amount_changed" },
      { line: "credited_bookings p2 d3", difference: 3_000, reason: "fx_changed" },
    ]);
  });

  test("hit by a refund of a tenth: 100.00 before tax, and 10.00 of commission comes back", async () => {
    const drop = added("refunds", {
      id: "f1",
      payment_id: "y1",
      refunded_at: "2026-09-28T00:00:00Z",
      amount: "119.00",
      currency: "USD",
      kind: "refund",
    });
    expect(await linesTo(drop)).toEqual([
      { line: "collected sourced f1", difference: -10_000, reason: "refund" },
      { line: "commission p1 f1", difference: -1_000, reason: "refund" },
      { line: "credited_collected p1 f1", difference: -10_000, reason: "refund" },
    ]);
  });

  test("hit by an override", async () => {
    const drop = added("overrides", {
      deal_id: "d2",
      partner_id: "p2",
      decision: "sourced",
      reason: "agreed",
      approver: "CRO",
      decided_at: "2026-10-05",
    });
    const { lines, details } = await comparedTo(drop);
    expect(lines).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "override" },
      { line: "bookings sourced d2", difference: 50_000, reason: "override" },
      { line: "credited_bookings p2 d2", difference: 50_000, reason: "override" },
    ]);
    expect(details).toEqual(["CRO decided on 5 Oct 2026: sourced by drop:p2 (agreed)"]);
  });

  test("hit by a role that was removed in time", async () => {
    const drop = {
      ...frozenCompany,
      deal_partners: (frozenCompany.deal_partners ?? []).map((row) => ({ ...row, removed_at: "2026-08-10T00:00:00Z" })),
    };
    expect(await linesTo(drop)).toEqual([
      { line: "bookings direct d3", difference: 22_000, reason: "evidence_removed" },
      { line: "bookings sourced d3", difference: -22_000, reason: "evidence_removed" },
      { line: "credited_bookings p2 d3", difference: -22_000, reason: "evidence_removed" },
    ]);
  });
});
