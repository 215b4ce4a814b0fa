import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, partners, deal } = scenarios();
partners("p1", "p2", "p3", "p10");

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop);
}, 60_000);
afterAll(() => built.close());

/** `<partner> by <rule>` of a deal, or its class. */
async function sourceOf(id: string): Promise<string> {
  const [row] = await built.rows<{ source: string }>(
    `select coalesce(replace(source_partner_key, 'drop:', '') || ' by ' || source_rule, class || coalesce(' by ' || source_rule, '')) as source
     from marts.fct_deal where deal_key = 'drop:${id}'`,
  );
  return row?.source ?? "no such deal";
}

/** What each tried rule found: `<rule>: <outcome>`. */
async function stepsOf(id: string): Promise<string[]> {
  const rows = await built.rows<{ found: string }>(
    `select rule || ': ' || outcome as found from marts.fct_deal_decision where deal_key = 'drop:${id}' order by step`,
  );
  return rows.map((row) => row.found);
}

const reasonOf = (id: string, rule: string): Promise<unknown> =>
  built.cell(`select reason from marts.fct_deal_decision where deal_key = 'drop:${id}' and rule = '${rule}'`);

const register = (id: string, deal: string, row: Record<string, string> = {}): void =>
  add("registrations", {
    id,
    partner_id: "p1",
    deal_id: deal,
    status: "approved",
    submitted_at: "2026-04-01T10:00:00Z",
    decided_at: "2026-04-02T10:00:00Z",
    ...row,
  });
const override = (deal: string, decision: string, row: Record<string, string> = {}): void =>
  add("overrides", {
    deal_id: deal,
    decision,
    reason: "checked",
    approver: "Ada",
    decided_at: "2026-08-01T00:00:00Z",
    ...row,
  });

describe("rule 1, the override", () => {
  deal("o-sourced");
  register("o-r1", "o-sourced");
  override("o-sourced", "sourced", { partner_id: "p2" });

  test("beats an approved registration, however late it was decided (R15)", async () => {
    expect(await sourceOf("o-sourced")).toBe("p2 by override");
    expect(await stepsOf("o-sourced")).toEqual(["override: source"]);
    expect(await reasonOf("o-sourced", "override")).toBe(
      "Partner p2 (drop:p2): Ada decided on 1 Aug 2026: sourced (checked).",
    );
  });

  deal("o-none", { partner_id: "p1", partner_declared_at: "2026-04-10" });
  add("touches", { id: "o-t1", partner_id: "p3", deal_id: "o-none", kind: "call", occurred_at: "2026-05-01" });
  override("o-none", "none", { partner_id: "p1" });

  test("none makes the deal direct: nobody brought it, nobody influences it, nobody has credit (R41, R89)", async () => {
    expect(await sourceOf("o-none")).toBe("direct by override");
    expect(await stepsOf("o-none")).toEqual(["override: direct"]);
    expect(await built.rows("select * from marts.fct_deal_partner where deal_key = 'drop:o-none'")).toEqual([]);
    expect(await built.rows("select * from marts.fct_deal_credit where deal_key = 'drop:o-none'")).toEqual([]);
    expect(await built.rows("select counts, reason from marts.fct_touch where touch_key = 'drop:o-t1'")).toEqual([
      { counts: false, reason: "Does not count: an override says that no partner brought or helped this deal" },
    ]);
  });

  deal("o-nobody", { partner_id: "p1" });
  override("o-nobody", "sourced");
  test("sourced by nobody says the same as none (R41)", async () => {
    expect(await sourceOf("o-nobody")).toBe("direct by override");
  });

  deal("o-latest");
  override("o-latest", "none", { decided_at: "2026-08-01T00:00:00Z" });
  override("o-latest", "sourced", { partner_id: "p1", decided_at: "2026-08-02T00:00:00Z" });
  deal("o-tie");
  override("o-tie", "sourced", { partner_id: "p1" });
  override("o-tie", "sourced", { partner_id: "p2" });
  test("of several the latest decided counts, at the same moment the later line (R15)", async () => {
    expect(await sourceOf("o-latest")).toBe("p1 by override");
    expect(await sourceOf("o-tie")).toBe("p2 by override");
  });

  deal("o-influenced", { partner_id: "p1", partner_declared_at: "2026-04-10" });
  override("o-influenced", "influenced", { partner_id: "p2", decided_at: "2026-09-15T00:00:00Z" });
  deal("o-only");
  override("o-only", "influenced", { partner_id: "p2", decided_at: "2026-09-15T00:00:00Z" });
  test("influenced leaves the source to the other rules and is a touch beyond window and lateness (R41)", async () => {
    expect(await sourceOf("o-influenced")).toBe("p1 by declared");
    expect(await stepsOf("o-influenced")).toEqual(["override: nothing", "registration: nothing", "declared: source"]);
    expect(
      await built.rows(
        "select partner_key, is_source, touches from marts.fct_deal_partner where deal_key = 'drop:o-influenced' order by all",
      ),
    ).toEqual([
      { partner_key: "drop:p1", is_source: true, touches: 1 },
      { partner_key: "drop:p2", is_source: false, touches: 1 },
    ]);
    expect(await sourceOf("o-only")).toBe("influenced");
  });
});

describe("rule 2, the registration", () => {
  for (const [id, day] of [
    ["r-last", "2026-04-24"],
    ["r-late", "2026-04-25"],
  ] as const) {
    deal(id);
    register(`${id}-r`, id, { submitted_at: `${day}T10:00:00Z`, decided_at: "2026-04-26T10:00:00Z" });
  }
  test("may be submitted up to 14 days after the deal was created (R20)", async () => {
    expect(await sourceOf("r-last")).toBe("p1 by registration");
    // Submitted on 25 April, it is too late to bring the deal, but an approved registration is still a touch.
    expect(await sourceOf("r-late")).toBe("influenced");
    expect(await stepsOf("r-late")).toEqual([
      "override: nothing",
      "registration: nothing",
      "declared: nothing",
      "lead: nothing",
      "none: influenced",
    ]);
    expect(await reasonOf("r-late", "registration")).toBe(
      "1 claim, none counts. Partner p1 (drop:p1): registration submitted on 25 Apr 2026: too late, claims on this deal ended on 24 Apr 2026.",
    );
  });

  // Protection begins with the decision: 2 April + 90 days ends on 1 July, 31 March + 90 days on 29 June.
  deal("r-holds");
  register("r-holds-r", "r-holds", { decided_at: "2026-04-01T00:00:00Z", submitted_at: "2026-03-30" });
  deal("r-over");
  register("r-over-r", "r-over", { decided_at: "2026-03-31T23:00:00Z", submitted_at: "2026-03-30" });
  deal("r-given");
  register("r-given-r", "r-given", { protection_ends_on: "2026-06-29" });
  deal("r-decided-late");
  register("r-decided-late-r", "r-decided-late", { decided_at: "2026-07-01T00:00:00Z" });
  test("protects from its decision, 90 days unless told otherwise, and must hold on the close date, both ends included (R19)", async () => {
    expect(await sourceOf("r-holds")).toBe("p1 by registration");
    expect(await sourceOf("r-over")).toBe("influenced");
    expect(await sourceOf("r-given")).toBe("influenced");
    expect(await sourceOf("r-decided-late")).toBe("influenced");
    expect(await reasonOf("r-over", "registration")).toContain(
      "its protection ended on 29 Jun 2026, before the close on 30 Jun 2026",
    );
  });

  deal("r-rejected");
  register("r-rejected-r", "r-rejected", { status: "rejected" });
  deal("r-open", { state: "open" });
  register("r-open-r", "r-open", { protection_ends_on: "2026-09-30" });
  deal("r-open-over", { state: "open" });
  register("r-open-over-r", "r-open-over", { protection_ends_on: "2026-09-29" });
  test("must be approved, and on an open deal protect on the as-of date", async () => {
    expect(await sourceOf("r-rejected")).toBe("direct");
    expect(await sourceOf("r-open")).toBe("p1 by registration");
    expect(await sourceOf("r-open-over")).toBe("influenced");
  });

  deal("r-undated");
  register("r-undated-r", "r-undated", { decided_at: "" });
  test("approved without a date protects from its submission and is listed (R39)", async () => {
    expect(await sourceOf("r-undated")).toBe("p1 by registration");
    expect(
      await built.cell(
        "select message from quality.issue where check_id = 'decision_time_unknown' and entity_key = 'drop:r-undated-r'",
      ),
    ).toContain("it protects from the day it was submitted, until 30 Jun 2026");
  });

  // The account has three deals; the registration of 1 May could protect those created from 17 April to 29 July.
  deal("r-a0", { account_id: "registered", created_at: "2026-04-16T00:00:00Z", closed_on: "2026-06-01" });
  deal("r-a1", { account_id: "registered", created_at: "2026-04-17T00:00:00Z", closed_on: "2026-05-01" });
  deal("r-a2", { account_id: "registered", created_at: "2026-05-05T00:00:00Z", closed_on: "2026-06-01" });
  register("r-account", "", { account_id: "registered", submitted_at: "2026-05-01", decided_at: "2026-05-02" });
  test("of an account protects its first deal only, even when the claim fails there (R40)", async () => {
    // r-a1 closed on 1 May, a day before the protection began, and the registration does not move on to r-a2.
    expect(
      await built.cell("select deal_key from marts.fct_registration where registration_key = 'drop:r-account'"),
    ).toBe("drop:r-a1");
    expect(await sourceOf("r-a1")).not.toContain("by registration");
    expect(await sourceOf("r-a2")).not.toContain("by registration");
    expect(await sourceOf("r-a0")).not.toContain("by registration");
    expect(await reasonOf("r-a2", "registration")).toContain("protects only the first deal, drop:r-a1");
  });

  deal("r-b1", { account_id: "registered-2", created_at: "2026-04-10T00:00:00Z", excluded_as: "duplicate" });
  deal("r-b2", { account_id: "registered-2", created_at: "2026-04-11T00:00:00Z" });
  register("r-account-2", "", { account_id: "registered-2" });
  test("of an account passes over an excluded deal (R23, R40)", async () => {
    expect(await sourceOf("r-b2")).toBe("p1 by registration");
  });
});

describe("rule 3, the declaration", () => {
  deal("d-deal", { partner_id: "p1", partner_declared_at: "2026-04-24T20:00:00Z" });
  deal("d-sourced", { partner_id: "p1", partner_role: "sourced", partner_declared_at: "2026-04-10" });
  deal("d-late", { partner_id: "p1", partner_declared_at: "2026-04-25" });
  deal("d-influenced", { partner_id: "p1", partner_role: "influenced", partner_declared_at: "2026-04-10" });
  test("on the deal itself counts when made within 14 days of its creation and not as an influence (R20)", async () => {
    expect(await sourceOf("d-deal")).toBe("p1 by declared");
    expect(await sourceOf("d-sourced")).toBe("p1 by declared");
    expect(await sourceOf("d-late")).toBe("influenced");
    expect(await sourceOf("d-influenced")).toBe("influenced");
  });

  deal("d-role");
  add("deal_partners", { deal_id: "d-role", partner_id: "p2", role: "Sourced", recorded_at: "2026-04-11" });
  deal("d-co-sell");
  add("deal_partners", { deal_id: "d-co-sell", partner_id: "p2", role: "co_sell", recorded_at: "2026-04-11" });
  test("as a role counts when the role is sourced", async () => {
    expect(await sourceOf("d-role")).toBe("p2 by declared");
    expect(await sourceOf("d-co-sell")).toBe("influenced");
  });

  deal("d-unknown", { partner_id: "p1" });
  test("of unknown time is accepted and listed (R43)", async () => {
    expect(await sourceOf("d-unknown")).toBe("p1 by declared");
    expect(
      await built.rows(
        "select entity, amount_reporting_minor from quality.issue where check_id = 'claim_time_unknown' and entity_key = 'drop:d-unknown'",
      ),
    ).toEqual([{ entity: "deals", amount_reporting_minor: 100000 }]);
  });

  add("partners", { id: "gone", name: "Gone", status: "ended", ended_on: "2026-01-01" });
  add("partners", { id: "unsigned", name: "Unsigned", status: "prospect" });
  deal("d-gone", { partner_id: "gone", partner_declared_at: "2026-04-10" });
  deal("d-unsigned", { partner_id: "unsigned", partner_declared_at: "2026-04-10" });
  test("counts of a partner that has ended and of one that has not signed (R55)", async () => {
    expect(await sourceOf("d-gone")).toBe("gone by declared");
    expect(await sourceOf("d-unsigned")).toBe("unsigned by declared");
  });

  deal("d-removed");
  add("deal_partners", {
    deal_id: "d-removed",
    partner_id: "p2",
    role: "sourced",
    recorded_at: "2026-04-11",
    removed_at: "2026-06-01",
  });
  deal("d-removed-later");
  add("deal_partners", {
    deal_id: "d-removed-later",
    partner_id: "p2",
    role: "sourced",
    recorded_at: "2026-04-11",
    removed_at: "2026-07-15",
  });
  test("removed by the evidence date no longer counts, removed afterwards it does (R43)", async () => {
    expect(await sourceOf("d-removed")).toBe("direct");
    expect(await sourceOf("d-removed-later")).toBe("p2 by declared");
  });

  // Closed on 12 April, evidence ends on 26 April; claims end on 24 April all the same.
  deal("d-quick", { closed_on: "2026-04-12" });
  add("deal_partners", { deal_id: "d-quick", partner_id: "p2", role: "sourced", recorded_at: "2026-04-20" });
  test("made after a quick close still brings the deal, though it is no touch (R37, R43, R48)", async () => {
    expect(await sourceOf("d-quick")).toBe("p2 by declared");
    expect(await built.rows("select touches from marts.fct_deal_partner where deal_key = 'drop:d-quick'")).toEqual([
      { touches: 0 },
    ]);
  });
});

describe("rule 4, the lead", () => {
  const lead = (id: string, row: Record<string, string>): void =>
    add("leads", { id, partner_id: "p1", accepted_at: "2026-05-01", ...row });
  deal("l-early");
  lead("l-early-l", { deal_id: "l-early", received_at: "2025-01-01", accepted_at: "2025-01-02" });
  deal("l-edge");
  lead("l-edge-l", { deal_id: "l-edge", received_at: "2026-04-24" });
  deal("l-late");
  lead("l-late-l", { deal_id: "l-late", received_at: "2026-04-25" });
  test("on the deal counts however early, up to 14 days after creation (R42)", async () => {
    expect(await sourceOf("l-early")).toBe("p1 by lead");
    expect(await sourceOf("l-edge")).toBe("p1 by lead");
    expect(await sourceOf("l-late")).toBe("influenced");
  });

  for (const [id, day] of [
    ["l-before", "2026-01-09"],
    ["l-first", "2026-01-10"],
    ["l-created", "2026-04-10"],
    ["l-next", "2026-04-11"],
  ] as const) {
    deal(id);
    lead(`${id}-l`, { account_id: `${id}-account`, received_at: `${day}T23:00:00Z` });
  }
  test("on the account counts from 90 days before creation to the day of creation (R42)", async () => {
    expect(await sourceOf("l-before")).toBe("direct");
    expect(await sourceOf("l-first")).toBe("p1 by lead");
    expect(await sourceOf("l-created")).toBe("p1 by lead");
    expect(await sourceOf("l-next")).toBe("influenced");
  });

  deal("l-backwards", { closed_on: "2026-03-01" });
  lead("l-backwards-l", { account_id: "l-backwards-account", received_at: "2026-04-01", accepted_at: "2026-04-02" });
  test("on the account of a deal that closed before its creation is late like any other, whatever evidence is asked for (R37)", async () => {
    expect(
      await built.rows("select verdict, is_accepted from attribution.int_claim where deal_key = 'drop:l-backwards'"),
    ).toEqual([{ verdict: "recorded_late", is_accepted: false }]);
  });

  deal("l-one", { account_id: "fertile" });
  deal("l-two", { account_id: "fertile", created_at: "2026-04-12T00:00:00Z" });
  lead("l-fertile", { account_id: "fertile", received_at: "2026-04-01" });
  test("on the account may bring several deals (R42)", async () => {
    expect(await sourceOf("l-one")).toBe("p1 by lead");
    expect(await sourceOf("l-two")).toBe("p1 by lead");
  });

  deal("l-pending");
  lead("l-pending-l", { deal_id: "l-pending", received_at: "2026-04-01", accepted_at: "" });
  deal("l-rejected");
  lead("l-rejected-l", {
    deal_id: "l-rejected",
    received_at: "2026-04-01",
    accepted_at: "2026-04-02",
    rejected_at: "2026-04-03",
  });
  test("must stand accepted (R37)", async () => {
    expect(await sourceOf("l-pending")).toBe("direct");
    expect(await sourceOf("l-rejected")).toBe("direct");
  });

  deal("l-below", { partner_id: "p2", partner_declared_at: "2026-04-10" });
  lead("l-below-l", { deal_id: "l-below", received_at: "2026-04-01" });
  test("yields to a declaration, and that is no conflict (R46)", async () => {
    expect(await sourceOf("l-below")).toBe("p2 by declared");
    expect(await built.cell("select is_conflict from marts.fct_deal where deal_key = 'drop:l-below'")).toBe(false);
  });
});

describe("rule 5, nobody", () => {
  deal("n-touched");
  add("touches", { id: "n-t", partner_id: "p1", deal_id: "n-touched", kind: "call", occurred_at: "2026-05-01" });
  deal("n-alone");
  test("leaves a deal influenced when it has a qualifying touch, else direct (R89)", async () => {
    expect(await sourceOf("n-touched")).toBe("influenced");
    expect(await reasonOf("n-touched", "none")).toBe("No rule names a partner; 1 partner has a qualifying touch.");
    expect(await sourceOf("n-alone")).toBe("direct");
    expect(await stepsOf("n-alone")).toContain("none: direct");
  });
});

describe("a conflict", () => {
  const declare = (deal: string, ...ids: string[]): void => {
    for (const partner of ids)
      add("deal_partners", { deal_id: deal, partner_id: partner, role: "sourced", recorded_at: "2026-04-11" });
  };
  const settled = async (id: string): Promise<unknown> =>
    built.cell(
      `select source_partner_key || ' ' || settled_by from attribution.int_deal_source where deal_key = 'drop:${id}'`,
    );

  // The account's deals in order of creation: won by p3, then contested renewals.
  deal("c-base", {
    account_id: "incumbency",
    created_at: "2025-01-01T00:00:00Z",
    closed_on: "2025-02-01",
    partner_id: "p3",
    partner_declared_at: "2025-01-01",
  });
  deal("c-renewal", {
    account_id: "incumbency",
    created_at: "2025-12-01T00:00:00Z",
    closed_on: "2026-01-01",
    order_type: "renewal",
  });
  add("deal_partners", { deal_id: "c-renewal", partner_id: "p1", role: "sourced", recorded_at: "2025-12-01" });
  add("deal_partners", { deal_id: "c-renewal", partner_id: "p3", role: "sourced", recorded_at: "2025-12-02" });
  deal("c-second", { account_id: "incumbency", order_type: "expansion" });
  declare("c-second", "p1", "p3");
  test("over a renewal goes to the incumbent, and from that renewal on to the next (R44)", async () => {
    expect(await settled("c-renewal")).toBe("drop:p3 incumbent");
    expect(await settled("c-second")).toBe("drop:p3 incumbent");
    expect(await reasonOf("c-second", "declared")).toContain(
      "2 partners claim it: Partner p1, Partner p3. Settled by the incumbent, who brought the account's deal won before: Partner p3 (drop:p3)",
    );
  });

  deal("c-new", { account_id: "incumbency", created_at: "2026-04-11T00:00:00Z", order_type: "new" });
  declare("c-new", "p1", "p3");
  deal("c-stranger", { account_id: "incumbency", created_at: "2026-04-12T00:00:00Z", order_type: "renewal" });
  declare("c-stranger", "p1", "p2");
  deal("c-too-soon", {
    account_id: "incumbency-2",
    created_at: "2026-06-30T08:00:00Z",
    closed_on: "2026-07-30",
    order_type: "renewal",
  });
  deal("c-won-later", {
    account_id: "incumbency-2",
    created_at: "2026-01-01T00:00:00Z",
    closed_on: "2026-07-01",
    partner_id: "p3",
    partner_declared_at: "2026-01-01",
  });
  for (const partner of ["p1", "p3"])
    add("deal_partners", { deal_id: "c-too-soon", partner_id: partner, role: "sourced", recorded_at: "2026-07-01" });
  test("asks for no incumbent on a new deal, of a partner that claims nothing, or of a deal won later (R44)", async () => {
    expect(await settled("c-new")).toBe("drop:p1 smallest_key");
    expect(await settled("c-stranger")).toBe("drop:p1 smallest_key");
    expect(await settled("c-too-soon")).toBe("drop:p1 smallest_key");
  });

  partners("certified", "lapsed", "c-decides");
  add("certifications", { id: "x1", partner_id: "certified", earned_on: "2026-04-10" });
  add("certifications", { id: "x2", partner_id: "lapsed", earned_on: "2025-01-01", expires_on: "2026-04-09" });
  deal("c-certified");
  declare("c-certified", "p1", "certified", "lapsed");
  partners("not-yet");
  add("certifications", { id: "x4", partner_id: "not-yet", earned_on: "2026-04-11" });
  deal("c-not-yet");
  declare("c-not-yet", "certified", "not-yet");
  test("goes to the partner certified on the day the deal was created (R47)", async () => {
    expect(await settled("c-certified")).toBe("drop:certified certification");
    expect(await settled("c-not-yet")).toBe("drop:certified certification");
  });

  deal("c-decided");
  register("c-decided-1", "c-decided", { submitted_at: "2026-04-01T00:00:00Z", decided_at: "2026-04-05T00:00:01Z" });
  register("c-decided-2", "c-decided", {
    partner_id: "p2",
    submitted_at: "2026-04-03T00:00:00Z",
    decided_at: "2026-04-05T00:00:00Z",
  });
  test("of registrations goes to the one decided first, to the second (R45)", async () => {
    expect(await settled("c-decided")).toBe("drop:p2 earliest_decided");
    expect(await built.cell("select is_conflict from marts.fct_deal where deal_key = 'drop:c-decided'")).toBe(true);
  });

  deal("c-submitted");
  register("c-submitted-1", "c-submitted", { submitted_at: "2026-04-02T00:00:00Z" });
  register("c-submitted-2", "c-submitted", { partner_id: "p2", submitted_at: "2026-04-01T00:00:00Z" });
  deal("c-undated");
  register("c-undated-1", "c-undated", { decided_at: "" });
  register("c-undated-2", "c-undated", { partner_id: "p2" });
  deal("c-declared");
  add("deal_partners", { deal_id: "c-declared", partner_id: "p1", role: "sourced" });
  add("deal_partners", { deal_id: "c-declared", partner_id: "p2", role: "sourced", recorded_at: "2026-04-11" });
  test("decided at the same moment goes to the earliest claim, a missing time being the last (R45)", async () => {
    expect(await settled("c-submitted")).toBe("drop:p2 earliest_claimed");
    expect(await settled("c-undated")).toBe("drop:p2 earliest_decided");
    expect(await settled("c-declared")).toBe("drop:p2 earliest_claimed");
  });

  deal("c-earliest");
  register("c-earliest-1", "c-earliest", { submitted_at: "2026-03-01", decided_at: "2026-04-05" });
  register("c-earliest-2", "c-earliest", { submitted_at: "2026-03-03", decided_at: "2026-04-03" });
  register("c-earliest-3", "c-earliest", { partner_id: "p2", submitted_at: "2026-03-02", decided_at: "2026-04-04" });
  deal("c-first");
  add("deal_partners", { deal_id: "c-first", partner_id: "p1", role: "sourced", recorded_at: "2026-04-13" });
  add("deal_partners", { deal_id: "c-first", partner_id: "p2", role: "sourced", recorded_at: "2026-04-12" });
  add("deal_partners", { deal_id: "c-first", partner_id: "p1", role: "Sourced", recorded_at: "2026-04-11" });
  test("takes the earliest of each partner's claims and decisions (R45)", async () => {
    expect(await settled("c-earliest")).toBe("drop:p1 earliest_decided");
    expect(await settled("c-first")).toBe("drop:p1 earliest_claimed");
  });

  deal("c-keys");
  declare("c-keys", "p2", "p10");
  test("that nothing else settles goes to the smallest key, byte by byte (R45)", async () => {
    expect(await settled("c-keys")).toBe("drop:p10 smallest_key");
    const message = await built.cell(
      "select message from quality.issue where check_id = 'conflict' and entity_key = 'drop:c-keys'",
    );
    expect(message).toBe(
      "2 partners claim Deal c-keys (drop:c-keys). Partner p10 (drop:p10): sourced role on the deal on 11 Apr 2026; " +
        "Partner p2 (drop:p2): sourced role on the deal on 11 Apr 2026. It goes to Partner p10, settled by the smallest key, all else being equal",
    );
  });

  deal("c-narrowed");
  declare("c-narrowed", "p1", "certified");
  partners("certified-2");
  add("certifications", { id: "x3", partner_id: "certified-2", earned_on: "2026-01-01" });
  add("deal_partners", {
    deal_id: "c-narrowed",
    partner_id: "certified-2",
    role: "sourced",
    recorded_at: "2026-04-10",
  });
  test("narrows step by step: of the two certified the one declared first, though an uncertified key is smaller (R45)", async () => {
    expect(await settled("c-narrowed")).toBe("drop:certified-2 earliest_claimed");
  });

  deal("c-same");
  register("c-same-1", "c-same");
  register("c-same-2", "c-same", { submitted_at: "2026-04-03T00:00:00Z" });
  test("needs two partners: two registrations of one are none (R46)", async () => {
    expect(await sourceOf("c-same")).toBe("p1 by registration");
    expect(await built.cell("select is_conflict from marts.fct_deal where deal_key = 'drop:c-same'")).toBe(false);
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
