import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, partners, deal } = scenarios();
partners("p1", "p2");

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop);
}, 60_000);
afterAll(() => built.close());

const register = (id: string, row: Record<string, string>): void =>
  add("registrations", { id, partner_id: "p1", submitted_at: "2026-04-01T00:00:00Z", ...row });
const one = async (id: string): Promise<Record<string, unknown> | undefined> =>
  (await built.rows(`select * from marts.fct_registration where registration_key = 'drop:${id}'`))[0];

describe("the decision", () => {
  register("in-time", { status: "approved", decided_at: "2026-04-03T00:00:00Z" });
  register("late", { status: "rejected", decided_at: "2026-04-03T00:00:01Z" });
  register("waiting", { status: "submitted", submitted_at: "2026-09-29T00:00:00Z" });
  register("waiting-long", { status: "submitted", submitted_at: "2026-09-28T23:59:59Z" });
  register("withdrawn", { status: "withdrawn" });
  register("withdrawn-late", { status: "withdrawn", decided_at: "2026-04-02T00:00:00Z" });
  register("no-time", { status: "approved" });
  register("decided-later", {
    status: "approved",
    submitted_at: "2026-09-30T10:00:00Z",
    decided_at: "2026-10-01T10:00:00Z",
  });

  test("is in time within 48 hours, to the second (R79)", async () => {
    expect(await one("in-time")).toMatchObject({ decision_hours: 48, in_sla: true });
    expect(await one("late")).toMatchObject({ in_sla: false });
  });

  test("not yet made is a miss once 48 hours are over at the end of the as-of date, and open before (R18, R79)", async () => {
    expect(await one("waiting")).toMatchObject({ in_sla: null, decision_hours: null });
    expect(await one("waiting-long")).toMatchObject({ in_sla: false });
  });

  test("of a withdrawn one, or one without a time, is neither (R39, R79)", async () => {
    expect(await one("withdrawn")).toMatchObject({ in_sla: null });
    expect(await one("withdrawn-late")).toMatchObject({ in_sla: null, decision_hours: null });
    expect(await one("no-time")).toMatchObject({ in_sla: null, protection_starts_on: "2026-04-01" });
  });

  test("made after the as-of date has not been made (R17)", async () => {
    expect(await one("decided-later")).toMatchObject({
      status: "submitted",
      in_sla: null,
      protection_starts_on: null,
      outcome: null,
    });
  });
});

describe("the outcome", () => {
  const approved = (id: string, row: Record<string, string>): void =>
    register(id, { status: "approved", decided_at: "2026-04-02", ...row });
  deal("won");
  deal("lost", { state: "lost" });
  deal("running", { state: "open" });
  deal("won-last-day", { closed_on: "2026-07-01" });
  deal("won-after", { closed_on: "2026-07-02" });
  deal("hidden", { excluded_as: "duplicate" });
  approved("o-won", { deal_id: "won" });
  approved("o-lost", { deal_id: "lost" });
  approved("o-last-day", { deal_id: "won-last-day" });
  approved("o-after", { deal_id: "won-after" });
  approved("o-running", { deal_id: "running", protection_ends_on: "2026-09-30" });
  approved("o-run-out", { deal_id: "running", protection_ends_on: "2026-09-29" });
  approved("o-nothing", { protection_ends_on: "2026-12-31" });
  approved("o-hidden", { deal_id: "hidden" });
  register("o-rejected", { status: "rejected", deal_id: "won", decided_at: "2026-04-02" });

  // Decided on 2 April, protected until 1 July.
  test("is the deal's when it closed under protection, the last day included, else expired (R78)", async () => {
    expect(await one("o-won")).toMatchObject({ outcome: "won", protection_ends_on: "2026-07-01" });
    expect(await one("o-lost")).toMatchObject({ outcome: "lost" });
    expect(await one("o-last-day")).toMatchObject({ outcome: "won" });
    expect(await one("o-after")).toMatchObject({ outcome: "expired" });
  });

  test("is open while protection lasts and nothing closed (R78)", async () => {
    expect(await one("o-running")).toMatchObject({ outcome: "open" });
    expect(await one("o-run-out")).toMatchObject({ outcome: "expired" });
    expect(await one("o-nothing")).toMatchObject({ outcome: "open", deal_key: null });
  });

  test("with an excluded deal is as without one, and of an unapproved registration there is none (R23, R78)", async () => {
    expect(await one("o-hidden")).toMatchObject({ outcome: "expired" });
    expect(await one("o-rejected")).toMatchObject({ outcome: null });
  });
});

describe("a conflict", () => {
  deal("fought", { state: "open" });
  deal("calm", { state: "open" });
  deal("refused", { state: "open" });
  register("f1", { deal_id: "fought", status: "approved", decided_at: "2026-04-02" });
  register("f2", { deal_id: "fought", partner_id: "p2", status: "submitted" });
  register("f3", { deal_id: "fought", partner_id: "p2", status: "rejected", decided_at: "2026-04-02" });
  register("c1", { deal_id: "calm", status: "approved", decided_at: "2026-04-02" });
  register("c2", { deal_id: "calm", status: "submitted" });
  register("r1", { deal_id: "refused", status: "approved", decided_at: "2026-04-02" });
  register("r2", { deal_id: "refused", partner_id: "p2", status: "rejected", decided_at: "2026-04-02" });
  add("accounts", { id: "wanted", name: "Wanted" });
  register("a1", { account_id: "wanted", status: "submitted" });
  register("a2", { account_id: "wanted", partner_id: "p2", status: "approved", decided_at: "2026-09-29" });
  add("accounts", { id: "past", name: "Past" });
  register("p1", { account_id: "past", status: "submitted" });
  register("p2", {
    account_id: "past",
    partner_id: "p2",
    status: "approved",
    decided_at: "2026-04-02",
    protection_ends_on: "2026-05-01",
  });

  test("is another partner's approved or pending claim on the same deal (R79b)", async () => {
    expect(await one("f1")).toMatchObject({ is_conflict: true });
    expect(await one("f2")).toMatchObject({ is_conflict: true });
    expect(await one("f3")).toMatchObject({ is_conflict: true });
  });

  test("is not one's own second claim, nor a rejected one of another (R79b)", async () => {
    expect(await one("c1")).toMatchObject({ is_conflict: false });
    expect(await one("r1")).toMatchObject({ is_conflict: false });
    expect(await one("r2")).toMatchObject({ is_conflict: true });
  });

  test("on an account needs both to be open (R79b)", async () => {
    expect(await one("a1")).toMatchObject({ is_conflict: true });
    expect(await one("a2")).toMatchObject({ is_conflict: true });
    expect(await one("p1")).toMatchObject({ is_conflict: false });
    expect(await one("p2")).toMatchObject({ outcome: "expired", is_conflict: false });
  });
});

describe("a lead", () => {
  const lead = (id: string, row: Record<string, string>): void =>
    add("leads", { id, partner_id: "p1", received_at: "2026-05-01T00:00:00Z", ...row });
  lead("answered", { responded_at: "2026-05-02T00:00:00Z", accepted_at: "2026-05-03T00:00:00Z" });
  lead("by-rejection", { accepted_at: "2026-05-03T00:00:00Z", rejected_at: "2026-05-02T12:00:00Z" });
  lead("silent", {});
  lead("fresh", { received_at: "2026-09-30T00:00:00Z" });
  const oneLead = async (id: string): Promise<Record<string, unknown> | undefined> =>
    (await built.rows(`select * from marts.fct_lead where lead_key = 'drop:${id}'`))[0];

  test("is answered by its response, else by its acceptance or rejection, whichever came first (R79)", async () => {
    expect(await oneLead("answered")).toMatchObject({ response_hours: 24, in_sla: true, is_accepted: true });
    expect(await oneLead("by-rejection")).toMatchObject({ response_hours: 36, in_sla: false, is_accepted: true });
  });

  test("without an answer is a miss after 24 hours, open before (R79)", async () => {
    expect(await oneLead("silent")).toMatchObject({ in_sla: false, is_accepted: false });
    expect(await oneLead("fresh")).toMatchObject({ in_sla: null });
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
