import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

// New York is five hours behind UTC in January and four from March on, so a day ends at 05:00 or 04:00 UTC of the next.
const { drop, add, partners, deal } = scenarios();
partners("p1", "quiet", "lively");

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop, { config: { reporting: { timezone: "America/New_York" } } });
}, 60_000);
afterAll(() => built.close());

const verdict = (table: string, key: string): Promise<unknown> =>
  built.cell(
    `select verdict from attribution.int_touch where deal_key = 'drop:touched' and touch_table = '${table}' and touch_key = 'drop:${key}'`,
  );
const ruleOf = (id: string): Promise<unknown> =>
  built.cell(`select source_rule from marts.fct_deal where deal_key = 'drop:${id}'`);

describe("days are those of the reporting zone (R19, R20)", () => {
  deal("touched", { created_at: "2026-04-11T03:59:59Z" });
  for (const [id, row] of Object.entries({
    early: { occurred_at: "2026-01-10T04:59:59Z" },
    first: { occurred_at: "2026-01-10T05:00:00Z" },
    last: { occurred_at: "2026-07-01T03:59:59Z" },
    after: { occurred_at: "2026-07-01T04:00:00Z" },
    "in-time": { occurred_at: "2026-05-01", recorded_at: "2026-07-15T03:59:59Z" },
    late: { occurred_at: "2026-05-01", recorded_at: "2026-07-15T04:00:00Z" },
    "gone-early": { occurred_at: "2026-05-01", removed_at: "2026-07-15T03:59:59Z" },
    "gone-late": { occurred_at: "2026-05-01", removed_at: "2026-07-15T04:00:00Z" },
  })) {
    add("touches", { id, partner_id: "p1", deal_id: "touched", kind: "call", ...row });
  }
  const lead = (id: string, row: Record<string, string>): void => add("leads", { id, partner_id: "p1", ...row });
  lead("taken", { deal_id: "touched", received_at: "2026-05-01", accepted_at: "2026-07-15T03:59:59Z" });
  lead("taken-late", { deal_id: "touched", received_at: "2026-05-01", accepted_at: "2026-07-15T04:00:00Z" });

  test("for the window of a deal, and for what is recorded, removed or accepted late", async () => {
    expect(await verdict("touches", "early")).toBe("before_window");
    expect(await verdict("touches", "first")).toBe("counts");
    expect(await verdict("touches", "last")).toBe("counts");
    expect(await verdict("touches", "after")).toBe("after_close");
    expect(await verdict("touches", "in-time")).toBe("counts");
    expect(await verdict("touches", "late")).toBe("recorded_late");
    expect(await verdict("touches", "gone-early")).toBe("removed");
    expect(await verdict("touches", "gone-late")).toBe("counts");
    expect(await verdict("leads", "taken")).toBe("counts");
    expect(await verdict("leads", "taken-late")).toBe("decided_late");
  });

  // Created on 10 April in New York, so claims end with 24 April there.
  const created = { created_at: "2026-04-11T03:00:00Z" };
  for (const id of ["registered", "registered-late"]) deal(id, created);
  add("registrations", {
    id: "r1",
    partner_id: "p1",
    deal_id: "registered",
    status: "approved",
    submitted_at: "2026-04-25T03:59:59Z",
    decided_at: "2026-04-26",
  });
  add("registrations", {
    id: "r2",
    partner_id: "p1",
    deal_id: "registered-late",
    status: "approved",
    submitted_at: "2026-04-25T04:00:00Z",
    decided_at: "2026-04-26",
  });
  for (const id of ["led", "led-late"]) deal(id, created);
  lead("l1", { deal_id: "led", received_at: "2026-04-25T03:59:59Z", accepted_at: "2026-05-01" });
  lead("l2", { deal_id: "led-late", received_at: "2026-04-25T04:00:00Z", accepted_at: "2026-05-01" });
  for (const id of ["declared", "declared-late"]) deal(id, created);
  add("deal_partners", {
    deal_id: "declared",
    partner_id: "p1",
    role: "sourced",
    recorded_at: "2026-04-25T03:59:59Z",
  });
  add("deal_partners", {
    deal_id: "declared-late",
    partner_id: "p1",
    role: "sourced",
    recorded_at: "2026-04-25T04:00:00Z",
  });
  deal("own", { ...created, partner_id: "p1", partner_declared_at: "2026-04-25T03:59:59Z" });
  deal("own-late", { ...created, partner_id: "p1", partner_declared_at: "2026-04-25T04:00:00Z" });

  test("for claims of every kind", async () => {
    expect(await ruleOf("registered")).toBe("registration");
    expect(await ruleOf("registered-late")).toBeNull();
    expect(await ruleOf("led")).toBe("lead");
    expect(await ruleOf("led-late")).toBeNull();
    expect(await ruleOf("declared")).toBe("declared");
    expect(await ruleOf("declared-late")).toBeNull();
    expect(await ruleOf("own")).toBe("declared");
    expect(await ruleOf("own-late")).toBeNull();
  });

  // The protection begins on the day of the decision in New York, which is the day of the close.
  deal("protected", { closed_on: "2026-04-12" });
  add("registrations", {
    id: "r3",
    partner_id: "p1",
    deal_id: "protected",
    status: "approved",
    submitted_at: "2026-04-11",
    decided_at: "2026-04-13T03:59:59Z",
  });
  test("for the beginning of a protection", async () => {
    expect(await ruleOf("protected")).toBe("registration");
  });

  // 90 days before 30 September is 2 July, which begins at 04:00 UTC.
  lead("l3", { received_at: "2026-07-02T03:59:59Z", accepted_at: "2026-01-01" });
  add("leads", { id: "l4", partner_id: "quiet", received_at: "2026-07-02T03:59:59Z", accepted_at: "2026-01-01" });
  add("leads", { id: "l5", partner_id: "lively", received_at: "2026-07-02T04:00:00Z", accepted_at: "2026-01-01" });
  test("for what a partner did last", async () => {
    expect(await built.cell("select state from marts.dim_partner where partner_key = 'drop:quiet'")).toBe("dormant");
    expect(await built.cell("select state from marts.dim_partner where partner_key = 'drop:lively'")).toBe("active");
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
