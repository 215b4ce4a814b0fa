import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, build, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, deal } = scenarios();
const partner = (id: string, type: string, row: Record<string, string> = {}): void =>
  add("partners", { id, name: `Partner ${id}`, type, ...row });

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop, { config: { partner_types: { "Tech ally": "integration" } } });
}, 60_000);
afterAll(() => built.close());

const one = async (id: string): Promise<Record<string, unknown> | undefined> =>
  (await built.rows(`select * from marts.dim_partner where partner_key = 'drop:${id}'`))[0];
const lead = (id: string, partner: string, row: Record<string, string>): void =>
  add("leads", { id, partner_id: partner, received_at: "2026-01-05", ...row });

describe("activation", () => {
  partner("referral", "Referral");
  add("registrations", { id: "r-ref", partner_id: "referral", status: "rejected", submitted_at: "2026-01-01" });
  lead("l-1", "referral", { accepted_at: "2026-02-01T10:00:00Z", rejected_at: "2026-02-02" });
  lead("l-2", "referral", { accepted_at: "2026-03-01T10:00:00Z" });
  partner("co-sell", "co sell");
  deal("any", { state: "open" });
  add("touches", { id: "t-1", partner_id: "co-sell", kind: "meeting", occurred_at: "2026-01-01" });
  add("touches", { id: "t-2", partner_id: "co-sell", deal_id: "any", kind: "login", occurred_at: "2026-01-02" });
  add("touches", {
    id: "t-3",
    partner_id: "co-sell",
    deal_id: "any",
    kind: "meeting",
    occurred_at: "2026-01-03",
    removed_at: "2026-02-01",
  });
  add("touches", { id: "t-4", partner_id: "co-sell", deal_id: "any", kind: "meeting", occurred_at: "2026-01-04" });
  add("registrations", { id: "r-co", partner_id: "co-sell", status: "submitted", submitted_at: "2026-05-01" });
  partner("agency", "agency");
  add("certifications", { id: "x-1", partner_id: "agency", earned_on: "2026-04-01" });
  partner("ally", "Tech Ally");
  add("overlaps", { partner_id: "ally", account_id: "any-account", kind: "customer", identified_on: "2026-02-10" });
  partner("services", "services");
  lead("l-3", "services", { accepted_at: "2026-06-01" });
  add("registrations", { id: "r-se", partner_id: "services", status: "withdrawn", submitted_at: "2026-06-01" });
  partner("idle", "agency");
  lead("l-4", "idle", { received_at: "2026-09-01", accepted_at: "2026-09-01" });

  test("of a referral partner is its first lead that stayed accepted (R32)", async () => {
    expect(await one("referral")).toMatchObject({ activated_on: "2026-03-01", activation_event: "accepted_lead" });
  });

  test("of a co-sell partner is its first registration or touch on a deal, removed and other touches aside (R32, R33)", async () => {
    expect(await one("co-sell")).toMatchObject({
      type: "co_sell",
      activated_on: "2026-01-04",
      activation_event: "touch",
    });
  });

  test("of an agency is a certification, of an integration an overlap (R32)", async () => {
    expect(await one("agency")).toMatchObject({ activated_on: "2026-04-01", activation_event: "certification" });
    expect(await one("ally")).toMatchObject({
      type: "integration",
      activated_on: "2026-02-10",
      activation_event: "overlap",
    });
  });

  test("at equal instants is named by the first in the alphabet (R32)", async () => {
    expect(await one("services")).toMatchObject({ activated_on: "2026-06-01", activation_event: "accepted_lead" });
  });

  test("is none for what another type does, and then the state says so, however lively the partner (R30)", async () => {
    expect(await one("idle")).toMatchObject({
      activated_on: null,
      state: "never_activated",
      last_event: "lead",
      is_counted: true,
    });
  });
});

describe("the state", () => {
  // As of 30 September: 90 days before is 2 July.
  const activated = (id: string, last: string, row: Record<string, string> = {}): void => {
    partner(id, "referral", row);
    lead(`${id}-l`, id, { received_at: last, accepted_at: "2026-01-01" });
  };
  activated("active", "2026-07-02T00:00:00Z");
  activated("quiet", "2026-07-01T23:59:59Z");
  activated("sheltered", "2026-03-01");
  add("registrations", {
    id: "s-r",
    partner_id: "sheltered",
    status: "approved",
    submitted_at: "2026-03-01",
    decided_at: "2026-03-02",
    protection_ends_on: "2026-09-30",
  });
  activated("unsheltered", "2026-03-01");
  add("registrations", {
    id: "u-r",
    partner_id: "unsheltered",
    status: "approved",
    submitted_at: "2026-03-01",
    decided_at: "2026-03-02",
    protection_ends_on: "2026-09-29",
  });
  activated("shut", "2026-03-01");
  deal("shut", { created_at: "2026-03-01T00:00:00Z", closed_on: "2026-04-30", state: "lost" });
  add("registrations", {
    id: "shut-r",
    partner_id: "shut",
    deal_id: "shut",
    status: "approved",
    submitted_at: "2026-03-01",
    decided_at: "2026-03-02",
    protection_ends_on: "2026-12-31",
  });
  activated("ended", "2026-09-01", { ended_on: "2026-09-30" });
  activated("ending", "2026-09-01", { ended_on: "2026-10-01" });
  activated("ended-by-status", "2026-09-01", { status: "ended" });

  test("is active with an event in the last 90 days, both ends included, else dormant (R19, R30)", async () => {
    expect(await one("active")).toMatchObject({ state: "active", last_event: "lead" });
    expect(await one("quiet")).toMatchObject({ state: "dormant" });
  });

  test("is cooling while an approved registration protects (R30, R31)", async () => {
    expect(await one("sheltered")).toMatchObject({ state: "cooling" });
    expect(await one("unsheltered")).toMatchObject({ state: "dormant" });
  });

  test("is not sheltered by a registration whose deal has closed (R31)", async () => {
    expect(await one("shut")).toMatchObject({ state: "dormant" });
  });

  test("is ended from the day it ends, whatever else it did (R29, R30)", async () => {
    expect(await one("ended")).toMatchObject({ state: "ended", is_counted: false });
    expect(await one("ending")).toMatchObject({ state: "active", is_counted: true });
    expect(await one("ended-by-status")).toMatchObject({ state: "ended" });
  });

  partner("prospect", "referral", { status: "prospect" });
  partner("signing", "referral", { agreed_on: "2026-10-01" });
  test("prospects and partners not signed yet are in no count of partners (R28)", async () => {
    expect(await one("prospect")).toMatchObject({ is_counted: false });
    expect(await one("signing")).toMatchObject({ is_counted: false });
  });
});

describe("commercial events (R34)", () => {
  const eventsOf = async (id: string): Promise<string[]> => {
    const rows = await built.rows<{ line: string }>(
      `select kind || ' ' || event_on as line from marts.fct_partner_event where partner_key = 'drop:${id}' order by event_on, kind`,
    );
    return rows.map((row) => row.line);
  };

  partner("mover", "services");
  deal("moved", { partner_id: "mover", partner_declared_at: "2026-04-12", pipeline: "Sales", stage: "Won" });
  add("deal_stages", { deal_id: "moved", stage: "Proposal", entered_at: "2026-05-05" });
  partner("helper", "services");
  deal("helped", { state: "lost" });
  add("touches", {
    id: "h-1",
    partner_id: "helper",
    account_id: "helped-account",
    kind: "call",
    occurred_at: "2026-05-06",
  });
  partner("logged", "services");
  add("touches", { id: "h-2", partner_id: "logged", deal_id: "helped", kind: "login", occurred_at: "2026-05-06" });
  add("activities", { id: "a-1", partner_id: "logged", kind: "login", occurred_at: "2026-05-06" });
  add("overrides", {
    deal_id: "any",
    partner_id: "logged",
    decision: "influenced",
    reason: "r",
    approver: "a",
    decided_at: "2026-09-01",
  });
  partner("erased", "services");
  add("touches", {
    id: "h-3",
    partner_id: "erased",
    kind: "call",
    occurred_at: "2026-05-06",
    removed_at: "2026-05-07",
  });
  add("touches", {
    id: "h-4",
    partner_id: "erased",
    deal_id: "helped",
    kind: "call",
    occurred_at: "2026-05-08",
    removed_at: "2026-08-01",
  });

  test("are the movements of a deal it brought: created, declared, a stage, won", async () => {
    expect(await eventsOf("mover")).toEqual([
      "deal_created 2026-04-10",
      "touch 2026-04-12",
      "deal_stage 2026-05-05",
      "deal_won 2026-06-30",
    ]);
  });

  test("are its touches, once each, and the movements of a deal it influences", async () => {
    expect(await eventsOf("helper")).toEqual(["deal_created 2026-04-10", "touch 2026-05-06"]);
  });

  test("are never logins; an override is nobody's event, though the deal's movements count", async () => {
    expect(await eventsOf("logged")).toEqual(["deal_created 2026-04-10"]);
  });

  test("leave out a removed touch, unless a deal kept it as it was at the close (R33)", async () => {
    expect(await eventsOf("erased")).toEqual(["deal_created 2026-04-10", "touch 2026-05-08"]);
  });
});

test("the config says which events activate a type, and how long a partner stays active or not yet dormant (R30, R94)", async () => {
  // 60 days before 30 September is 1 August, 120 days before is 2 June.
  const partners = ["p1", "p2", "p3", "p4"].map((id) => ({ id, name: id, type: "agency" }));
  const leads = ["2026-08-01", "2026-07-31", "2026-06-02", "2026-06-01"].map((received_at, index) => ({
    id: `l${index}`,
    partner_id: `p${index + 1}`,
    received_at,
  }));
  const deals = ["p1", "p2", "p3", "p4"].map((partner_id) => ({
    id: `d-${partner_id}`,
    partner_id,
    partner_declared_at: "2026-01-10",
    state: "won",
    created_at: "2026-01-10",
    closed_on: "2026-02-20",
  }));
  const other = await build(
    { partners, leads, deals, certifications: [{ id: "c", partner_id: "p1", earned_on: "2026-03-01" }] },
    {
      config: { activation: { events: { agency: ["certification", "won"] } }, active_days: 60, dormant_days: 120 },
      only: ["marts.dim_partner"],
    },
  );
  expect(
    await other.rows("select state, activated_on, activation_event from marts.dim_partner order by partner_key"),
  ).toEqual(
    ["active", "cooling", "cooling", "dormant"].map((state) => ({
      state,
      activated_on: "2026-02-20",
      activation_event: "won",
    })),
  );
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
