import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { withDifferences } from "../../src/operate/differences.ts";
import type { Drop } from "../support/build.ts";
import { added, changed, frozenCompany, frozenConfig, frozenScope } from "../support/frozen-company.ts";
import { comparedTables, warehouseFile } from "../support/warehouse-file.ts";

vi.setConfig({ testTimeout: 180_000 });

// What happened to the company since, each time to a source of its own: all of them stand side by side in one warehouse.
const late = { deal_id: "d2", partner_id: "p2", kind: "meeting", occurred_at: "2026-09-20T09:00:00Z" };
const dearer = [{ on: "2026-08-01", from_currency: "EUR", to_currency: "USD", rate: "1.20" }];
const hits = Object.freeze({
  nothing: frozenCompany,
  touched: added("touches", { id: "t9", ...late, recorded_at: "2026-10-03T09:00:00Z" }),
  overdue: added("touches", { id: "t9", ...late, recorded_at: "2026-10-15T09:00:00Z" }),
  entered: added("touches", { id: "t9", ...late }),
  registered: added("registrations", {
    id: "r9",
    partner_id: "p2",
    deal_id: "d2",
    submitted_at: "2026-09-20T09:00:00Z",
    decided_at: "2026-10-02T09:00:00Z",
    status: "approved",
  }),
  deleted: changed("deals", "d4", null),
  merged: changed("deals", "d4", { merged_into_id: "d2" }),
  amount: changed("deals", "d1", { amount: "1100.00" }),
  refunded: added("refunds", {
    id: "f1",
    payment_id: "y1",
    refunded_at: "2026-09-28T00:00:00Z",
    amount: "119.00",
    currency: "USD",
    kind: "refund",
  }),
  overridden: added(
    "overrides",
    {
      deal_id: "d2",
      partner_id: "p2",
      decision: "sourced",
      reason: "agreed",
      approver: "CRO",
      decided_at: "2026-10-05",
    },
    { deal_id: "d3", decision: "none", reason: "ours", approver: "CRO", decided_at: "2026-10-04" },
  ),
  removed: {
    ...frozenCompany,
    deal_partners: (frozenCompany.deal_partners ?? []).map((row) => ({ ...row, removed_at: "2026-08-10T00:00:00Z" })),
  },
});
// A rate is everybody's, and so is a rule.
const hitsByRate = Object.freeze({
  rate: { ...frozenCompany, fx_rates: dearer },
  both: { ...changed("deals", "d3", { amount: "300.00" }), fx_rates: dearer },
});
const hitsByRule = Object.freeze({ rule: frozenCompany });

type Drops = Readonly<Record<string, Drop>>;

let before = "";
const closing: (() => Promise<void>)[] = [];
const told = new Map<string, Compared>();

beforeAll(async () => {
  const only = await comparedTables();
  const all = { ...hits, ...hitsByRate, ...hitsByRule };
  // Every side names the same sources, of which it may have no rows: their list is a rule, too.
  const sources = Object.keys(all).map((name) => ({ name, kind: "files", path: "." }));
  const build = (drops: Drops, asOf: string, config: object = {}): Promise<string> =>
    warehouseFile({}, { asOf, config: { ...frozenConfig, ...config }, drops, sources, only }, (clean) =>
      closing.push(clean),
    );
  before = await build(Object.fromEntries(Object.keys(all).map((name) => [name, frozenCompany])), "2026-10-01");
  for (const [drops, config] of [
    [hits, {}],
    [hitsByRate, {}],
    [hitsByRule, { attribution: { qualifying_kinds: ["demo"] } }],
  ] as const) {
    for (const [name, compared] of await compare(await build(drops, "2026-10-20", config), Object.keys(drops)))
      told.set(name, compared);
  }
}, 180_000);

afterAll(async () => {
  for (const close of closing) await close();
});

interface Line {
  readonly line: string;
  readonly difference: number;
  readonly reason: string;
}

/** What the comparison of the company as it was and as it is says. */
interface Compared {
  /** `bookings direct d2`, `credited_bookings p1 d1`; parts have no line left over or the comparison fails. */
  readonly lines: readonly Line[];
  /** What is said of single lines, each once; the source is called `drop` in them. */
  readonly details: readonly unknown[];
}

async function compare(after: string, names: readonly string[]): Promise<ReadonlyMap<string, Compared>> {
  const rows = await withDifferences({ before, after, scope: frozenScope }, (connection) =>
    connection.rows<Line & { readonly source: string; readonly detail: string | null }>(
      `select
           split_part(coalesce(deal_key, cash_key, entry_key), ':', 1) as source,
           concat_ws(' ', measure, split_part(coalesce(class, partner_key, ''), ':', -1), split_part(coalesce(cash_key, deal_key, entry_key), ':', -1)) as line,
           difference_minor as difference,
           reason,
           detail
       from difference.line
       order by measure, class, partner_key, step, cash_key`,
    ),
  );
  return new Map(
    names.map((name) => {
      const own = rows.filter(({ source }) => source === name);
      return [
        name,
        {
          lines: own.map(({ line, difference, reason }) => ({ line, difference, reason })),
          details: [...new Set(own.map(({ detail }) => detail?.replaceAll(`${name}:`, "drop:") ?? null))],
        },
      ];
    }),
  );
}

function comparedTo(name: string): Compared {
  const compared = told.get(name);
  if (compared === undefined) throw new Error(`nothing was compared for ${name}`);
  return compared;
}

const linesTo = (name: string): readonly Line[] => comparedTo(name).lines;

describe("a closed quarter", () => {
  test("that nothing happened to has no difference, whatever day it is", () => {
    expect(linesTo("nothing")).toEqual([]);
  });

  test("hit by a touch recorded after the close but in time", () => {
    const { lines, details } = comparedTo("touched");
    expect(lines).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "late_evidence" },
      { line: "bookings influenced d2", difference: 50_000, reason: "late_evidence" },
      { line: "influenced_bookings p2 d2", difference: 50_000, reason: "late_evidence" },
    ]);
    expect(details).toEqual(["meeting drop:t9 of drop:p2 came on 3 Oct 2026, after the close on 25 Sep 2026"]);
  });

  test("hit by a touch recorded too late to count has no difference", () => {
    expect(linesTo("overdue")).toEqual([]);
  });

  test("hit by a registration approved after the close", () => {
    expect(linesTo("registered")).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "late_evidence" },
      { line: "bookings influenced d2", difference: 50_000, reason: "late_evidence" },
      { line: "influenced_bookings p2 d2", difference: 50_000, reason: "late_evidence" },
    ]);
  });

  test("hit by a touch that was dated in time and only entered since", () => {
    expect(linesTo("entered").map((line) => line.reason)).toEqual(["new_evidence", "new_evidence", "new_evidence"]);
  });

  test("hit by a deal that was deleted", () => {
    expect(linesTo("deleted")).toEqual([
      { line: "bookings influenced d4", difference: -30_000, reason: "deleted" },
      { line: "influenced_bookings p1 d4", difference: -30_000, reason: "deleted" },
    ]);
  });

  test("hit by a deal that was merged into another one, which takes its touch along", () => {
    expect(linesTo("merged")).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "merged" },
      { line: "bookings influenced d4", difference: -30_000, reason: "merged" },
      { line: "bookings influenced d2", difference: 50_000, reason: "merged" },
      { line: "influenced_bookings p1 d4", difference: -30_000, reason: "merged" },
      { line: "influenced_bookings p1 d2", difference: 50_000, reason: "merged" },
    ]);
  });

  test("hit by an amount that was changed", () => {
    expect(linesTo("amount")).toEqual([
      { line: "bookings sourced d1", difference: 10_000, reason: "amount_changed" },
      { line: "credited_bookings p1 d1", difference: 10_000, reason: "amount_changed" },
    ]);
  });

  test("hit by a rule that was changed: the touch of 5 August is no longer in the window", () => {
    const { lines, details } = comparedTo("rule");
    expect(lines).toEqual([
      { line: "bookings direct d4", difference: 30_000, reason: "rule_changed" },
      { line: "bookings influenced d4", difference: -30_000, reason: "rule_changed" },
      { line: "influenced_bookings p1 d4", difference: -30_000, reason: "rule_changed" },
    ]);
    expect(details).toEqual(['attribution.qualifying_kinds was not set, is ["demo"] now']);
  });

  test("hit by an exchange rate that was changed: 200.00 EUR at 1.20 are 240.00", () => {
    expect(linesTo("rate")).toEqual([
      { line: "bookings sourced d3", difference: 2_000, reason: "fx_changed" },
      { line: "credited_bookings p2 d3", difference: 2_000, reason: "fx_changed" },
    ]);
  });

  test("hit by a new amount and a new rate at once: 300.00 EUR are 330.00 at the old rate and 360.00 at the new one", () => {
    expect(linesTo("both")).toEqual([
      { line: "bookings sourced d3", difference: 11_000, reason: "amount_changed" },
      { line: "bookings sourced d3", difference: 3_000, reason: "fx_changed" },
      { line: "credited_bookings p2 d3", difference: 11_000, reason: "amount_changed" },
      { line: "credited_bookings p2 d3", difference: 3_000, reason: "fx_changed" },
    ]);
  });

  test("hit by a refund of a tenth: 100.00 before tax, and 10.00 of commission comes back", () => {
    expect(linesTo("refunded")).toEqual([
      { line: "collected sourced f1", difference: -10_000, reason: "refund" },
      { line: "commission p1 f1", difference: -1_000, reason: "refund" },
      { line: "credited_collected p1 f1", difference: -10_000, reason: "refund" },
    ]);
  });

  test("hit by an override", () => {
    const { lines, details } = comparedTo("overridden");
    expect(lines.toSorted((a, b) => (a.line < b.line ? -1 : 1))).toEqual([
      { line: "bookings direct d2", difference: -50_000, reason: "override" },
      { line: "bookings direct d3", difference: 22_000, reason: "override" },
      { line: "bookings sourced d2", difference: 50_000, reason: "override" },
      { line: "bookings sourced d3", difference: -22_000, reason: "override" },
      { line: "credited_bookings p2 d2", difference: 50_000, reason: "override" },
      { line: "credited_bookings p2 d3", difference: -22_000, reason: "override" },
    ]);
    expect(details.toSorted()).toEqual([
      "CRO decided on 4 Oct 2026: no partner brought it (ours)",
      "CRO decided on 5 Oct 2026: sourced by drop:p2 (agreed)",
    ]);
  });

  test("hit by a role that was removed in time", () => {
    expect(linesTo("removed")).toEqual([
      { line: "bookings direct d3", difference: 22_000, reason: "evidence_removed" },
      { line: "bookings sourced d3", difference: -22_000, reason: "evidence_removed" },
      { line: "credited_bookings p2 d3", difference: -22_000, reason: "evidence_removed" },
    ]);
  });
});
