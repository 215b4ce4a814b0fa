import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, partners, deal } = scenarios();
partners("p1", "p2");
for (const [stage, position, probability, state] of [
  ["Discovery", 1, "0.1", "open"],
  ["Proposal", 2, "0.333333", "open"],
  ["Won", 3, "1", "won"],
  ["Unsure", 4, "", "open"],
] as const) {
  add("pipeline_stages", { pipeline: "Sales", stage, position, probability, state });
}

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop);
}, 60_000);
afterAll(() => built.close());

const dealOf = async (id: string): Promise<Record<string, unknown> | undefined> =>
  (await built.rows(`select * from marts.fct_deal where deal_key = 'drop:${id}'`))[0];
const issue = (check: string, id: string): Promise<unknown> =>
  built.cell(`select message from quality.issue where check_id = '${check}' and entity_key = 'drop:${id}'`);

describe("which deals are here", () => {
  deal("counted");
  deal("excluded", { excluded_as: "duplicate" });
  deal("merged", { merged_into_id: "counted" });
  deal("future", { created_at: "2026-10-01T00:00:00Z", state: "open" });

  test("only those that count: not excluded, merged away or created later (R22)", async () => {
    expect(await dealOf("counted")).toBeDefined();
    expect(await dealOf("excluded")).toBeUndefined();
    expect(await dealOf("merged")).toBeUndefined();
    expect(await dealOf("future")).toBeUndefined();
  });
});

describe("the amount in the reporting currency", () => {
  add("fx_rates", { on: "2026-06-25", from_currency: "EUR", to_currency: "USD", rate: "1.10" });
  add("fx_rates", { on: "2026-09-28", from_currency: "EUR", to_currency: "USD", rate: "1.20" });
  add("fx_rates", { on: "2026-06-23", from_currency: "JPY", to_currency: "USD", rate: "0.0067" });
  add("fx_rates", { on: "2026-06-22", from_currency: "CHF", to_currency: "USD", rate: "1.15" });
  deal("euro", { currency: "EUR", amount: "100.05" });
  deal("euro-open", { currency: "EUR", amount: "100.00", state: "open", stage: "Discovery", pipeline: "Sales" });
  deal("yen", { currency: "JPY", amount: "10050" });
  deal("too-old", { currency: "CHF" });
  deal("empty", { amount: "" });

  // 100.05 × 1.10 = 110.055, half a cent away from zero.
  test("is taken at the close date, with the latest rate at most 7 days old", async () => {
    expect(await dealOf("euro")).toMatchObject({
      amount_minor: 10005,
      amount_reporting_minor: 11006,
      fx_on: "2026-06-25",
      fx_rate: "1.100000000000",
    });
    expect(await dealOf("yen")).toMatchObject({ amount_minor: 10050, amount_reporting_minor: 6734 });
  });

  test("of an open deal is taken on the as-of date", async () => {
    expect(await dealOf("euro-open")).toMatchObject({ amount_reporting_minor: 12000, fx_on: "2026-09-28" });
  });

  deal("euro-lost", { currency: "EUR", amount: "100.00", state: "lost" });
  deal("euro-undated", { currency: "EUR", amount: "100.00", closed_on: "" });
  test("of a lost deal is taken at its close, of a closed one without a date on the as-of date (R25)", async () => {
    expect(await dealOf("euro-lost")).toMatchObject({ amount_reporting_minor: 11000, fx_on: "2026-06-25" });
    expect(await dealOf("euro-undated")).toMatchObject({ amount_reporting_minor: 12000, fx_on: "2026-09-28" });
  });

  test("without a rate is none, and listed; without an amount it is none and no finding", async () => {
    expect(await dealOf("too-old")).toMatchObject({
      amount_minor: 100000,
      amount_reporting_minor: null,
      fx_rate: null,
    });
    expect(await issue("fx_rate_missing", "too-old")).toBe(
      "no rate from CHF on 30 Jun 2026 or in the 7 days before; the amount of Deal too-old is in no converted total",
    );
    expect(await dealOf("empty")).toMatchObject({ amount_reporting_minor: null });
    expect(await issue("fx_rate_missing", "empty")).toBeUndefined();
  });
});

describe("the weighted amount", () => {
  deal("stage-weight", { state: "open", pipeline: "Sales", stage: "Proposal", amount: "0.05" });
  deal("own-weight", { state: "open", pipeline: "Sales", stage: "Proposal", probability: "0.5", amount: "0.05" });
  deal("fine-weight", { state: "open", probability: "0.3333333333", amount: "100000.00" });
  deal("no-weight", { state: "open", pipeline: "Sales", stage: "Unsure" });

  // 5 cents × 0.333333 = 1.67 cents; × 0.5 = 2.5 cents; 10,000,000 cents × 0.3333333333 = 3,333,333.333 cents.
  test("takes the deal's probability, else its stage's, rounded per deal (R73)", async () => {
    expect(await dealOf("stage-weight")).toMatchObject({ weighted_minor: 2 });
    expect(await dealOf("own-weight")).toMatchObject({ weighted_minor: 3 });
    expect(await dealOf("fine-weight")).toMatchObject({ weighted_minor: 3_333_333 });
    expect(await dealOf("counted")).toMatchObject({ weighted_minor: null });
  });

  test("without any is none, and listed (R73)", async () => {
    expect(await dealOf("no-weight")).toMatchObject({ weighted_minor: null });
    expect(await issue("probability_missing", "no-weight")).toBe(
      "Deal no-weight in stage Unsure has no probability, nor has its stage; the weighted pipeline leaves it out",
    );
  });
});

describe("cycle days (R75)", () => {
  deal("registered");
  add("registrations", {
    id: "c1",
    partner_id: "p1",
    deal_id: "registered",
    status: "approved",
    submitted_at: "2026-04-01T00:00:00Z",
    decided_at: "2026-04-05T00:00:00Z",
  });
  add("registrations", {
    id: "c2",
    partner_id: "p1",
    deal_id: "registered",
    status: "approved",
    submitted_at: "2026-04-02T00:00:00Z",
    decided_at: "2026-04-04T00:00:00Z",
  });
  deal("undecided");
  add("registrations", {
    id: "c3",
    partner_id: "p1",
    deal_id: "undecided",
    status: "approved",
    submitted_at: "2026-04-03T00:00:00Z",
  });
  deal("declared", { partner_id: "p1", partner_declared_at: "2026-04-20" });
  deal("backwards", { closed_on: "2026-04-08", partner_id: "p1", partner_declared_at: "2026-04-01" });
  deal("not-won", { state: "lost" });

  test("run from the winner's earliest decision, else its submission, else the deal's creation", async () => {
    expect(await dealOf("registered")).toMatchObject({ cycle_days: 87, source_claim_on: "2026-04-01" });
    expect(await dealOf("undecided")).toMatchObject({ cycle_days: 88 });
    expect(await dealOf("declared")).toMatchObject({ cycle_days: 81, source_claim_on: "2026-04-20" });
    expect(await dealOf("not-won")).toMatchObject({ cycle_days: null });
  });

  test("below zero are kept and listed", async () => {
    expect(await dealOf("backwards")).toMatchObject({ cycle_days: -2 });
    expect(await issue("cycle_negative", "backwards")).toBe(
      "Deal backwards closed on 8 Apr 2026, 2 days before its creation; the cycle metrics leave it out",
    );
  });
});

describe("stages", () => {
  const enter = (deal: string, stage: string, on: string): void =>
    add("deal_stages", { deal_id: deal, stage, entered_at: on });
  deal("staged", { pipeline: "Sales", stage: "Won" });
  enter("staged", "Discovery", "2026-04-10T09:00:00Z");
  enter("staged", "Proposal", "2026-05-01T23:00:00Z");
  enter("staged", "Discovery", "2026-05-11T00:00:00Z");
  enter("staged", "Won", "2026-06-30T00:00:00Z");
  deal("waiting", { state: "open", pipeline: "Sales", stage: "Discovery" });
  enter("waiting", "Discovery", "2026-09-01T00:00:00Z");
  deal("stopped", { state: "lost", pipeline: "Sales", stage: "Proposal" });
  enter("stopped", "Proposal", "2026-07-02T00:00:00Z");
  const stagesOf = (id: string): Promise<unknown[]> =>
    built.rows(`select stage, entered_on, days from marts.fct_stage where deal_key = 'drop:${id}' order by stage`);

  test("add up re-entries, by calendar days; a won stage has none (R77)", async () => {
    expect(await stagesOf("staged")).toEqual([
      { stage: "Discovery", entered_on: "2026-04-10", days: 71 },
      { stage: "Proposal", entered_on: "2026-05-01", days: 10 },
    ]);
  });

  test("age to the as-of date while open, and never below nothing (R77)", async () => {
    expect(await stagesOf("waiting")).toEqual([{ stage: "Discovery", entered_on: "2026-09-01", days: 29 }]);
    expect(await stagesOf("stopped")).toEqual([{ stage: "Proposal", entered_on: "2026-07-02", days: 0 }]);
    expect(await dealOf("waiting")).toMatchObject({ days_in_stage: 29, last_stage_on: "2026-09-01" });
    expect(await dealOf("no-weight")).toMatchObject({ days_in_stage: 173, last_stage_on: "2026-04-10" });
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
