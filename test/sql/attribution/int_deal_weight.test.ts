import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, partners, deal } = scenarios();
partners("p1", "p2", "p3");

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop);
}, 60_000);
afterAll(() => built.close());

/** Parts of a deal under a model in minor units, by partner. */
async function partsOf(id: string, model: string, from: Built = built): Promise<Record<string, number | null>> {
  const rows = await from.rows<{ partner: string; part: number | null }>(
    `select replace(partner_key, 'drop:', '') as partner, amount_reporting_minor as part
     from marts.fct_deal_credit where deal_key = 'drop:${id}' and model = '${model}' order by all`,
  );
  return Object.fromEntries(rows.map((row) => [row.partner, row.part]));
}

let touches = 0;
const touch = (deal: string, partner: string, day: string): void => {
  touches += 1;
  add("touches", {
    id: `t${touches}`,
    partner_id: partner,
    deal_id: deal,
    kind: "meeting",
    occurred_at: `${day}T12:00:00Z`,
  });
};

describe("an influenced deal of 1,000.00 closed on 30 June with touches 60, 30 and 0 days before", () => {
  deal("path");
  touch("path", "p1", "2026-05-01");
  touch("path", "p2", "2026-05-31");
  touch("path", "p2", "2026-06-30");

  test("has no credit under the official model", async () => {
    expect(await partsOf("path", "sourced_wins")).toEqual({});
    expect(await partsOf("path", "declared_split")).toEqual({});
  });

  test("goes to the first, the last, or each partner alike", async () => {
    expect(await partsOf("path", "first_touch")).toEqual({ p1: 100000 });
    expect(await partsOf("path", "last_touch")).toEqual({ p2: 100000 });
    expect(await partsOf("path", "linear")).toEqual({ p1: 50000, p2: 50000 });
    expect(await partsOf("path", "source_split")).toEqual({ p1: 50000, p2: 50000 });
  });

  test("by position gives 40, 20 and 40 (R51)", async () => {
    expect(await partsOf("path", "position")).toEqual({ p1: 40000, p2: 60000 });
  });

  // Weights 1/4, 1/2 and 1: 1/7 of 100,000 is 14,285.71, 6/7 are 85,714.29; the cent left goes to the larger remainder.
  test("by decay halves every 30 days and the cent left over goes to the larger remainder (R51)", async () => {
    expect(await partsOf("path", "time_decay")).toEqual({ p1: 14286, p2: 85714 });
  });
});

describe("position", () => {
  deal("two");
  touch("two", "p1", "2026-05-01");
  touch("two", "p2", "2026-05-02");
  deal("four");
  touch("four", "p1", "2026-05-01");
  touch("four", "p2", "2026-05-02");
  touch("four", "p3", "2026-05-03");
  touch("four", "p1", "2026-05-04");

  test("of two touches is half and half (R51)", async () => {
    expect(await partsOf("two", "position")).toEqual({ p1: 50000, p2: 50000 });
  });

  test("of four spreads 20 over the two in the middle (R51)", async () => {
    expect(await partsOf("four", "position")).toEqual({ p1: 80000, p2: 10000, p3: 10000 });
  });
});

describe("a role, a touch and a lead about one meeting", () => {
  deal("one-meeting");
  touch("one-meeting", "p1", "2026-05-01");
  add("deal_partners", { deal_id: "one-meeting", partner_id: "p1", role: "co_sell", recorded_at: "2026-05-01" });
  add("leads", {
    id: "meeting",
    partner_id: "p1",
    account_id: "one-meeting-account",
    received_at: "2026-05-01",
    accepted_at: "2026-05-01",
  });
  touch("one-meeting", "p2", "2026-05-02");

  // Weights of four touches are 80, 20, 20 and 80: 120 of 200 and 80 of 200.
  test("are three touches (R49)", async () => {
    expect(
      await built.rows(
        "select partner_key, touches from marts.fct_deal_partner where deal_key = 'drop:one-meeting' order by all",
      ),
    ).toEqual([
      { partner_key: "drop:p1", touches: 3 },
      { partner_key: "drop:p2", touches: 1 },
    ]);
    expect(await partsOf("one-meeting", "position")).toEqual({ p1: 60000, p2: 40000 });
  });
});

describe("shares of 33.3333333, 33.3333333 and 33.3333334 of 1,000,000.00", () => {
  deal("fine-shares", { amount: "1000000.00" });
  for (const [partner, share] of Object.entries({ p1: "33.3333333", p2: "33.3333333", p3: "33.3333334" })) {
    add("deal_partners", {
      deal_id: "fine-shares",
      partner_id: partner,
      role: "co_sell",
      share,
      recorded_at: "2026-05-01",
    });
  }

  // 33,333,333.3 minor units, the same again and 33,333,333.4: the one left over goes to the largest remainder.
  test("stand as they are given, to the last decimal (R51)", async () => {
    expect(await partsOf("fine-shares", "declared_split")).toEqual({ p1: 33333333, p2: 33333333, p3: 33333334 });
    expect(
      await built.rows(
        "select message from quality.issue where check_id = 'split_not_100' and entity_key = 'drop:fine-shares'",
      ),
    ).toEqual([]);
  });
});

describe("decay of one day, as 4/7, 2/7, 1/7", () => {
  test("comes out as worked by hand (R51)", async () => {
    const daily = await buildKept(
      {
        partners: ["p1", "p2", "p3"].map((id) => ({ id, name: id })),
        deals: [
          { id: "d", state: "won", created_at: "2026-06-01", closed_on: "2026-06-30", amount: "7.00", currency: "USD" },
        ],
        touches: [
          { id: "a", partner_id: "p1", deal_id: "d", kind: "call", occurred_at: "2026-06-30" },
          { id: "b", partner_id: "p2", deal_id: "d", kind: "call", occurred_at: "2026-06-29" },
          { id: "c", partner_id: "p3", deal_id: "d", kind: "call", occurred_at: "2026-06-28" },
        ],
      },
      { config: { attribution: { half_life_days: 1 } }, only: ["marts.fct_deal_credit"] },
    );
    expect(await partsOf("d", "time_decay", daily)).toEqual({ p1: 400, p2: 200, p3: 100 });
    await daily.close();
  });
});

describe("the source's own claim (R50)", () => {
  deal("claim-dated", { partner_id: "p1", partner_declared_at: "2026-04-12" });
  touch("claim-dated", "p2", "2026-04-11");
  deal("claim-unknown", { partner_id: "p1" });
  touch("claim-unknown", "p2", "2026-04-11");
  deal("claim-override");
  touch("claim-override", "p2", "2026-04-11");
  add("overrides", {
    deal_id: "claim-override",
    partner_id: "p1",
    decision: "sourced",
    reason: "r",
    approver: "a",
    decided_at: "2026-09-01",
  });
  deal("claim-late", { closed_on: "2026-04-12" });
  touch("claim-late", "p2", "2026-04-11");
  add("deal_partners", { deal_id: "claim-late", partner_id: "p1", role: "sourced", recorded_at: "2026-04-20" });

  test("is a touch once, at its own time", async () => {
    expect(await partsOf("claim-dated", "first_touch")).toEqual({ p2: 100000 });
    expect(await partsOf("claim-dated", "position")).toEqual({ p1: 50000, p2: 50000 });
  });

  test("of unknown time, and an override, stand at the deal's creation", async () => {
    expect(await partsOf("claim-unknown", "first_touch")).toEqual({ p1: 100000 });
    expect(await partsOf("claim-override", "first_touch")).toEqual({ p1: 100000 });
    expect(await partsOf("claim-override", "last_touch")).toEqual({ p2: 100000 });
  });

  test("after the close is the last touch, 0 days before it", async () => {
    expect(await partsOf("claim-late", "last_touch")).toEqual({ p1: 100000 });
    expect(
      await built.cell(
        "select days_before from attribution.int_deal_path where deal_key = 'drop:claim-late' and touch_table = 'claim'",
      ),
    ).toBe(0);
  });

  test("does not count among the touches of the partner (R48)", async () => {
    expect(
      await built.cell(
        "select touches from marts.fct_deal_partner where deal_key = 'drop:claim-unknown' and partner_key = 'drop:p1'",
      ),
    ).toBe(0);
  });

  // Two touches in one moment: deal_partners comes before touches, whatever the keys.
  deal("same-moment");
  add("deal_partners", {
    deal_id: "same-moment",
    partner_id: "p2",
    role: "co_sell",
    recorded_at: "2026-05-01T12:00:00Z",
  });
  touch("same-moment", "p1", "2026-05-01");
  deal("same-lead");
  touch("same-lead", "p1", "2026-05-01");
  add("leads", {
    id: "z-lead",
    partner_id: "p2",
    deal_id: "same-lead",
    received_at: "2026-05-01T12:00:00Z",
    accepted_at: "2026-05-01T12:00:00Z",
  });
  test("and touches of one moment are ordered by table, then key (R52)", async () => {
    expect(await partsOf("same-moment", "first_touch")).toEqual({ p2: 100000 });
    expect(await partsOf("same-moment", "last_touch")).toEqual({ p1: 100000 });
    expect(await partsOf("same-lead", "first_touch")).toEqual({ p2: 100000 });
  });
});

describe("declared split (R53)", () => {
  const role = (deal: string, partner: string, share: string, row: Record<string, string> = {}): void =>
    add("deal_partners", {
      deal_id: deal,
      partner_id: partner,
      role: "co_sell",
      share,
      recorded_at: "2026-05-01",
      ...row,
    });
  const listed = async (id: string): Promise<unknown> =>
    built.cell(`select message from quality.issue where check_id = 'split_not_100' and entity_key = 'drop:${id}'`);

  deal("hundred");
  role("hundred", "p1", "60");
  role("hundred", "p2", "40");
  test("uses shares that add up to 100 as they stand", async () => {
    expect(await partsOf("hundred", "declared_split")).toEqual({ p1: 60000, p2: 40000 });
    expect(await listed("hundred")).toBeUndefined();
  });

  deal("eighty");
  role("eighty", "p1", "50");
  role("eighty", "p2", "12.5", { role: "technical" });
  role("eighty", "p2", "17.5", { role: "delivery" });
  test("divides others by their sum, adds up a partner's roles and lists the deal", async () => {
    expect(await partsOf("eighty", "declared_split")).toEqual({ p1: 62500, p2: 37500 });
    expect(await listed("eighty")).toBe(
      "the shares of Deal eighty add up to 80, not 100: Partner p1 50, Partner p2 30; they are divided by their sum",
    );
  });

  deal("blank");
  role("blank", "p1", "");
  role("blank", "p2", "");
  deal("some-blank");
  role("some-blank", "p1", "100");
  role("some-blank", "p2", "");
  test("is equal when all are blank; among others a blank is nothing", async () => {
    expect(await partsOf("blank", "declared_split")).toEqual({ p1: 50000, p2: 50000 });
    expect(await listed("blank")).toBeUndefined();
    expect(await partsOf("some-blank", "declared_split")).toEqual({ p1: 100000 });
  });

  deal("no-roles", { partner_id: "p3", partner_declared_at: "2026-04-10" });
  test("falls back to the source on a deal without roles; the deal's own partner is no role (R36)", async () => {
    expect(await partsOf("no-roles", "declared_split")).toEqual({ p3: 100000 });
  });

  deal("overridden");
  role("overridden", "p1", "100");
  add("overrides", {
    deal_id: "overridden",
    partner_id: "p2",
    decision: "sourced",
    reason: "r",
    approver: "a",
    decided_at: "2026-09-01",
  });
  deal("emptied");
  role("emptied", "p1", "100");
  add("overrides", { deal_id: "emptied", decision: "none", reason: "r", approver: "a", decided_at: "2026-09-01" });
  test("is not changed by an override that names a source, and emptied by one that names nobody", async () => {
    expect(await partsOf("overridden", "sourced_wins")).toEqual({ p2: 100000 });
    expect(await partsOf("overridden", "declared_split")).toEqual({ p1: 100000 });
    expect(await partsOf("emptied", "declared_split")).toEqual({});
  });

  deal("in-effect");
  role("in-effect", "p1", "50", { recorded_at: "2026-07-14" });
  role("in-effect", "p2", "50", { recorded_at: "2026-07-15" });
  role("in-effect", "p3", "50", { removed_at: "2026-07-15" });
  test("takes roles recorded up to 14 days after the close, and one removed only later (R37)", async () => {
    expect(await partsOf("in-effect", "declared_split")).toEqual({ p1: 50000, p3: 50000 });
  });
});

describe("source split", () => {
  deal("with-two", { partner_id: "p1", partner_declared_at: "2026-04-10" });
  touch("with-two", "p2", "2026-05-01");
  touch("with-two", "p2", "2026-05-02");
  touch("with-two", "p3", "2026-05-03");
  deal("alone", { partner_id: "p1", partner_declared_at: "2026-04-10" });

  test("gives 70 to the source and the rest in equal parts to the others, however often they touched (R117)", async () => {
    expect(await partsOf("with-two", "source_split")).toEqual({ p1: 70000, p2: 15000, p3: 15000 });
    expect(await partsOf("alone", "source_split")).toEqual({ p1: 100000 });
  });

  test.each([
    [0, { p2: 50000, p3: 50000 }, { p1: 100000 }],
    [100, { p1: 100000 }, { p1: 100000 }],
    [33.33, { p1: 33330, p2: 33335, p3: 33335 }, { p1: 100000 }],
  ])("with a weight of %s (R117)", async (weight, shared, alone) => {
    const other = await buildKept(drop, {
      config: { attribution: { source_weight: weight } },
      only: ["marts.fct_deal_credit"],
    });
    expect(await partsOf("with-two", "source_split", other)).toEqual(shared);
    expect(await partsOf("alone", "source_split", other)).toEqual(alone);
    await other.close();
  });
});

describe("odd amounts over three partners", () => {
  for (const [id, amount] of [
    ["hundred-three", "100.00"],
    ["one-cent", "0.01"],
    ["negative", "-100.00"],
    ["nothing", "0"],
    ["huge", "90000000000000.01"],
  ] as const) {
    deal(id, { amount });
    for (const [index, partner] of ["p1", "p2", "p3"].entries()) touch(id, partner, `2026-05-0${index + 1}`);
  }

  test("add up to the last cent, the cent left over going to the smaller key (R26)", async () => {
    expect(await partsOf("hundred-three", "linear")).toEqual({ p1: 3334, p2: 3333, p3: 3333 });
    expect(await partsOf("one-cent", "linear")).toEqual({ p1: 1, p2: 0, p3: 0 });
    expect(await partsOf("negative", "linear")).toEqual({ p1: -3334, p2: -3333, p3: -3333 });
    expect(await partsOf("nothing", "linear")).toEqual({ p1: 0, p2: 0, p3: 0 });
    expect(await partsOf("huge", "linear")).toEqual({
      p1: 3000000000000001,
      p2: 3000000000000000,
      p3: 3000000000000000,
    });
  });

  test("have shares that add up to exactly 1", async () => {
    expect(
      await built.rows(
        "select share from marts.fct_deal_credit where deal_key = 'drop:hundred-three' and model = 'linear' order by partner_key",
      ),
    ).toEqual([{ share: "0.333333333334" }, { share: "0.333333333333" }, { share: "0.333333333333" }]);
    expect(
      await built.rows(
        "select deal_key, model, sum(share) from marts.fct_deal_credit group by all having sum(share) <> 1",
      ),
    ).toEqual([]);
  });
});

describe("a deal that is not won", () => {
  deal("open", { state: "open" });
  touch("open", "p1", "2026-05-01");
  deal("lost", { state: "lost" });
  touch("lost", "p1", "2026-05-01");
  deal("no-amount", { amount: "" });
  touch("no-amount", "p1", "2026-05-01");

  test("has shares but no amounts, like one without an amount (R54)", async () => {
    expect(await partsOf("open", "linear")).toEqual({ p1: null });
    expect(await partsOf("lost", "linear")).toEqual({ p1: null });
    expect(await partsOf("no-amount", "linear")).toEqual({ p1: null });
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
