import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, partners, deal } = scenarios();
partners("p1", "p2");

interface Verdict {
  readonly verdict: string;
  readonly counts: boolean;
  readonly reason: string;
}

let frozen: Built;
let current: Built;
beforeAll(async () => {
  [frozen, current] = await Promise.all([
    buildKept(drop),
    buildKept(drop, { config: { attribution: { evidence: "current" } } }),
  ]);
}, 60_000);
afterAll(async () => {
  await frozen.close();
  await current.close();
});

async function verdictOf(built: Built, deal: string, table: string, key: string): Promise<Verdict | undefined> {
  const [row] = await built.rows<Verdict>(
    `select judged.verdict, shown.counts, shown.reason
     from attribution.int_touch as judged
     inner join marts.fct_touch as shown using (deal_key, touch_table, touch_key)
     where deal_key = 'drop:${deal}' and touch_table = '${table}' and touch_key like 'drop:${key}%'`,
  );
  return row;
}

const verdict = async (deal: string, table: string, key: string, built: Built = frozen): Promise<string | undefined> =>
  (await verdictOf(built, deal, table, key))?.verdict;

describe("the window of a deal", () => {
  deal("edge");
  for (const [id, day] of [
    ["first", "2026-01-10"],
    ["before", "2026-01-09"],
    ["last", "2026-06-30"],
    ["after", "2026-07-01"],
  ] as const) {
    add("touches", { id, partner_id: "p1", deal_id: "edge", kind: "meeting", occurred_at: `${day}T12:00:00Z` });
  }
  add("touches", {
    id: "seen",
    partner_id: "p1",
    deal_id: "edge",
    kind: "content_view",
    occurred_at: "2026-02-01T12:00:00Z",
  });

  test("begins 90 days before the deal was created, that day included (R19)", async () => {
    expect(await verdict("edge", "touches", "first")).toBe("counts");
    expect(await verdict("edge", "touches", "before")).toBe("before_window");
  });

  test("ends on the close date, that day included (R19)", async () => {
    expect(await verdict("edge", "touches", "last")).toBe("counts");
    expect(await verdict("edge", "touches", "after")).toBe("after_close");
  });

  test("says in words and dates why a touch does not count", async () => {
    expect(await verdictOf(frozen, "edge", "touches", "before")).toMatchObject({
      counts: false,
      reason: "Does not count: 9 Jan 2026 is before the window, which begins on 10 Jan 2026",
    });
    expect((await verdictOf(frozen, "edge", "touches", "seen"))?.reason).toBe(
      "Does not count: content view is not a qualifying kind of touch",
    );
    expect((await verdictOf(frozen, "edge", "touches", "after"))?.reason).toBe(
      "Does not count: 1 Jul 2026 is after the deal closed on 30 Jun 2026",
    );
  });

  test("of an open deal reaches to the as-of date", async () => {
    expect(await verdict("running", "touches", "today")).toBe("counts");
  });
  deal("running", { state: "open" });
  add("touches", {
    id: "today",
    partner_id: "p1",
    deal_id: "running",
    kind: "call",
    occurred_at: "2026-09-30T23:00:00Z",
  });
});

describe("late and removed evidence (R37)", () => {
  deal("late");
  const touch = (id: string, row: Record<string, string>): void =>
    add("touches", {
      id,
      partner_id: "p1",
      deal_id: "late",
      kind: "meeting",
      occurred_at: "2026-05-05T12:00:00Z",
      ...row,
    });
  touch("in-time", { recorded_at: "2026-07-14T23:59:00Z" });
  touch("too-late", { recorded_at: "2026-07-15T00:00:00Z" });
  touch("gone-early", { removed_at: "2026-07-14T12:00:00Z" });
  touch("gone-late", { removed_at: "2026-07-15T12:00:00Z" });

  test("recorded up to 14 days after the close counts, a day later it is a late claim", async () => {
    expect(await verdict("late", "touches", "in-time")).toBe("counts");
    expect(await verdict("late", "touches", "too-late")).toBe("recorded_late");
    expect(
      await frozen.rows(
        "select message from quality.issue where check_id = 'late_claim' and entity_key = 'drop:too-late'",
      ),
    ).toEqual([
      {
        message:
          "Partner p1: meeting on Deal late (drop:late) was recorded on 15 Jul 2026, 15 days after the deal closed on 30 Jun 2026; 14 are allowed, so it does not count",
      },
    ]);
  });

  test("is late under today's evidence too", async () => {
    expect(await verdict("late", "touches", "too-late", current)).toBe("recorded_late");
  });

  test("removed by the evidence date is gone, removed later stays as it was at the close", async () => {
    expect(await verdict("late", "touches", "gone-early")).toBe("removed");
    expect(await verdict("late", "touches", "gone-late")).toBe("counts");
  });

  test("under today's evidence a later removal takes the touch away", async () => {
    expect(await verdict("late", "touches", "gone-late", current)).toBe("removed");
  });

  deal("roles");
  add("deal_partners", { deal_id: "roles", partner_id: "p1", role: "co_sell", recorded_at: "2026-06-30" });
  add("deal_partners", { deal_id: "roles", partner_id: "p1", role: "technical", recorded_at: "2026-07-10" });
  add("deal_partners", { deal_id: "roles", partner_id: "p1", role: "delivery", recorded_at: "2026-07-20" });
  add("deal_partners", { deal_id: "roles", partner_id: "p2", role: "influenced" });

  test("a role is a touch on the day it was recorded, and none without a date", async () => {
    expect(await verdict("roles", "deal_partners", "roles|drop:p1|co_sell")).toBe("counts");
    expect(await verdict("roles", "deal_partners", "roles|drop:p1|technical")).toBe("after_close");
    expect(await verdict("roles", "deal_partners", "roles|drop:p1|delivery")).toBe("recorded_late");
    expect(await verdict("roles", "deal_partners", "roles|drop:p2|influenced")).toBe("no_date");
  });
});

describe("kinds, leads and registrations", () => {
  deal("kinds", { partner_id: "p2", partner_role: "influenced", partner_declared_at: "2026-05-01" });
  add("touches", { id: "login", partner_id: "p1", deal_id: "kinds", kind: " Login ", occurred_at: "2026-05-05" });
  add("touches", { id: "demo", partner_id: "p1", deal_id: "kinds", kind: "demo", occurred_at: "2026-05-05" });
  const lead = (id: string, row: Record<string, string>): void =>
    add("leads", { id, partner_id: "p1", deal_id: "kinds", received_at: "2026-05-01", ...row });
  lead("l-open", {});
  lead("l-yes", { accepted_at: "2026-05-02" });
  lead("l-late", { accepted_at: "2026-07-15" });
  lead("l-back", { accepted_at: "2026-05-02", rejected_at: "2026-05-03" });
  lead("l-again", { accepted_at: "2026-05-04", rejected_at: "2026-05-03" });
  lead("l-lost-later", { accepted_at: "2026-05-02", rejected_at: "2026-08-01" });
  const registration = (id: string, status: string, row: Record<string, string>): void =>
    add("registrations", { id, partner_id: "p1", deal_id: "kinds", status, submitted_at: "2026-06-01", ...row });
  registration("r-yes", "approved", { decided_at: "2026-06-02" });
  registration("r-undated", "approved", {});
  registration("r-late", "approved", { decided_at: "2026-07-20" });
  registration("r-no", "rejected", { decided_at: "2026-06-02" });

  test("a login is never a touch, whatever its case, any other kind is", async () => {
    expect(await verdict("kinds", "touches", "login")).toBe("kind");
    expect(await verdict("kinds", "touches", "demo")).toBe("counts");
  });

  test("a lead counts when it stands accepted on the evidence date (R37)", async () => {
    expect(await verdict("kinds", "leads", "l-open")).toBe("not_accepted");
    expect(await verdict("kinds", "leads", "l-yes")).toBe("counts");
    expect(await verdict("kinds", "leads", "l-late")).toBe("decided_late");
    expect(await verdict("kinds", "leads", "l-back")).toBe("removed");
    expect(await verdict("kinds", "leads", "l-again")).toBe("counts");
  });

  test("a lead rejected after the evidence date keeps its effect, unless today's evidence is asked for (R37)", async () => {
    expect(await verdict("kinds", "leads", "l-lost-later")).toBe("counts");
    expect(await verdict("kinds", "leads", "l-lost-later", current)).toBe("removed");
    expect(await verdict("kinds", "leads", "l-late", current)).toBe("counts");
  });

  test("a registration counts when it was approved by the evidence date, an undated approval does (R37)", async () => {
    expect(await verdict("kinds", "registrations", "r-yes")).toBe("counts");
    expect(await verdict("kinds", "registrations", "r-undated")).toBe("counts");
    expect(await verdict("kinds", "registrations", "r-late")).toBe("decided_late");
    expect(await verdict("kinds", "registrations", "r-no")).toBe("not_approved");
  });

  test("the partner on the deal itself is a touch when it was declared (R36)", async () => {
    expect(await verdict("kinds", "deals", "kinds")).toBe("counts");
  });

  test("only the kinds that the config names count, when it names any", async () => {
    const built = await buildKept(
      {
        partners: [{ id: "p1", name: "P" }],
        deals: [{ id: "d", state: "open", created_at: "2026-05-01" }],
        touches: [
          { id: "t1", partner_id: "p1", deal_id: "d", kind: "Login", occurred_at: "2026-05-02" },
          { id: "t2", partner_id: "p1", deal_id: "d", kind: "meeting", occurred_at: "2026-05-02" },
        ],
      },
      { config: { attribution: { qualifying_kinds: ["login"] } }, only: ["attribution.int_touch"] },
    );
    expect(await built.rows("select touch_key, verdict from attribution.int_touch order by all")).toEqual([
      { touch_key: "drop:t1", verdict: "counts" },
      { touch_key: "drop:t2", verdict: "kind" },
    ]);
    await built.close();
  });
});

describe("evidence of an account (R38)", () => {
  deal("older", { account_id: "shared", created_at: "2026-02-01T00:00:00Z", closed_on: "2026-03-31" });
  deal("newer", { account_id: "shared" });
  add("touches", { id: "both", partner_id: "p1", account_id: "shared", kind: "event", occurred_at: "2026-03-01" });
  add("touches", { id: "second", partner_id: "p1", account_id: "shared", kind: "event", occurred_at: "2026-05-01" });
  add("touches", {
    id: "named",
    partner_id: "p1",
    account_id: "shared",
    deal_id: "older",
    kind: "event",
    occurred_at: "2026-03-02",
  });
  add("registrations", {
    id: "afterwards",
    partner_id: "p1",
    account_id: "shared",
    submitted_at: "2026-05-20",
    decided_at: "2026-05-21",
    status: "approved",
  });
  add("overlaps", { partner_id: "p2", account_id: "shared", kind: "customer", identified_on: "2026-03-01" });

  test("belongs to every deal of the account in whose window it falls", async () => {
    expect(await verdict("older", "touches", "both")).toBe("counts");
    expect(await verdict("newer", "touches", "both")).toBe("counts");
    expect(await verdict("older", "touches", "second")).toBe("after_close");
    expect(await verdict("newer", "touches", "second")).toBe("counts");
  });

  add("leads", {
    id: "of-account",
    partner_id: "p1",
    account_id: "shared",
    received_at: "2026-03-03",
    accepted_at: "2026-03-04",
  });
  test("may be a lead or an approved registration as well (R38)", async () => {
    expect(await verdict("older", "leads", "of-account")).toBe("counts");
    expect(await verdict("newer", "leads", "of-account")).toBe("counts");
    expect(await verdict("newer", "registrations", "afterwards")).toBe("counts");
  });

  test("registered for the account after a deal closed, it is no late claim on that deal", async () => {
    expect(await verdict("older", "registrations", "afterwards")).toBe("after_close");
    expect(
      await frozen.rows(
        "select message from quality.issue where check_id = 'late_claim' and entity_key = 'drop:afterwards'",
      ),
    ).toEqual([]);
  });

  test("that names a deal belongs to that deal only (R23)", async () => {
    expect(await verdict("older", "touches", "named")).toBe("counts");
    expect(await verdict("newer", "touches", "named")).toBeUndefined();
  });

  test("an overlap is never a touch", async () => {
    expect(
      await frozen.rows(
        "select * from marts.fct_deal_partner where partner_key = 'drop:p2' and deal_key in ('drop:older', 'drop:newer')",
      ),
    ).toEqual([]);
  });
});

describe("a merged deal", () => {
  deal("survivor");
  deal("duplicate", { merged_into_id: "survivor" });
  add("touches", { id: "moved", partner_id: "p1", deal_id: "duplicate", kind: "call", occurred_at: "2026-05-05" });

  test("hands its touches to the survivor (R21)", async () => {
    expect(await verdict("survivor", "touches", "moved")).toBe("counts");
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(frozen.result.stopping).toEqual([]);
  expect(current.result.stopping).toEqual([]);
});
