import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";

const rate = (on: string, from: string, to: string, value: string): Record<string, string> => ({
  on,
  from_currency: from,
  to_currency: to,
  rate: value,
});

const payout = (id: string, day: string, amount: string, currency: string): Record<string, string> => ({
  id,
  partner_id: "p1",
  paid_at: day,
  amount,
  currency,
});

const target = (period: string, amount: string, currency = ""): Record<string, string> => ({
  slice: "program",
  metric: "sourced_bookings",
  period,
  amount,
  currency,
});

let built: Built;
beforeAll(async () => {
  built = await buildKept(
    {
      partners: [{ id: "p1", name: "One", type: "referral" }],
      fx_rates: [
        // euro: a direct rate, and a fresher inverse that must wait until the direct one is too old
        rate("2026-03-02", "EUR", "USD", "1.0845"),
        rate("2026-03-05", "USD", "EUR", "0.9"),
        // yen: only the inverse
        rate("2026-03-02", "USD", "JPY", "150"),
        // krona: through the euro (legs of 2 and 6 March) or the pound (legs of 4 and 4 March)
        rate("2026-03-06", "SEK", "EUR", "0.09"),
        rate("2026-03-04", "GBP", "SEK", "13"),
        rate("2026-03-04", "GBP", "USD", "1.3"),
        // dinar: through two currencies whose older legs are of one day
        rate("2026-03-04", "KWD", "GBP", "2.5"),
        rate("2026-03-04", "KWD", "CHF", "2.9"),
        rate("2026-03-04", "CHF", "USD", "1.1"),
        rate("2026-06-28", "EUR", "USD", "1.2"),
      ],
      payouts: [
        payout("direct", "2026-03-02", "10.01", "EUR"),
        payout("weekend", "2026-03-09", "10.01", "EUR"),
        payout("inverse-of-euro", "2026-03-10", "9.00", "EUR"),
        payout("too-old", "2026-03-13", "9.00", "EUR"),
        payout("too-early", "2026-03-01", "9.00", "EUR"),
        payout("yen", "2026-03-02", "151", "JPY"),
        payout("krona", "2026-03-06", "26.00", "SEK"),
        payout("dinar", "2026-03-04", "1.000", "KWD"),
        payout("own", "2026-03-04", "1.00", "USD"),
      ],
      targets: [
        target("2026", "1000"),
        target("2026-Q3", "1000.00", "EUR"),
        target("2026-Q1", "1000.00", "EUR"),
        target("2026-07", "1000.00", "EUR"),
        target("2026-13", "1"),
        { ...target("2026-Q2", "5"), slice: "partner", slice_key: "p9" },
        { ...target("2026-Q2", "5"), slice: "partner", slice_key: "p1" },
        { ...target("2026-Q2", "5"), slice: "type", slice_key: "Co-Sell" },
        { ...target("2026-Q2", "6"), slice: "type", slice_key: "co_sell" },
      ],
    },
    {
      config: { reporting: { fiscal_year_start: 2 } },
      asOf: "2026-06-30",
      only: ["staging.fx_day", "staging.quarantine", "staging.stg_payouts", "staging.stg_targets", "fx_rate_missing"],
    },
  );
}, 120_000);
afterAll(() => built.close());

const converted = async (id: string): Promise<unknown> => {
  const [row] = await built.rows(
    `select convert_minor(amount_minor, num, den) as minor, rate, rate_on, path
     from staging.stg_payouts
     left join staging.fx_day on fx_day.currency = stg_payouts.currency and fx_day.day = stg_payouts.paid_on
     where payout_key = 'drop:${id}'`,
  );
  return row;
};

describe("a rate for a day (R24)", () => {
  test("is the pair's own, rounded once and half away from zero", async () => {
    // 1001 × 1.0845 = 1085.5845
    expect(await converted("direct")).toEqual({
      minor: 1086,
      rate: "1.084500000000",
      rate_on: "2026-03-02",
      path: "direct",
    });
  });

  test("is the latest before it, up to seven days old, even where the inverse is fresher", async () => {
    expect(await converted("weekend")).toMatchObject({ minor: 1086, rate_on: "2026-03-02", path: "direct" });
  });

  test("is the inverse when the pair is too old: divided by, not multiplied", async () => {
    // 900 / 0.9 = 1000
    expect(await converted("inverse-of-euro")).toEqual({
      minor: 1000,
      rate: "1.111111111111",
      rate_on: "2026-03-05",
      path: "inverse",
    });
  });

  test("takes the decimals of both currencies into account", async () => {
    // 151 yen / 150 = 1.00666… dollars
    expect(await converted("yen")).toMatchObject({ minor: 101, path: "inverse" });
  });

  test("is a cross through the currency whose older leg is latest", async () => {
    // 26 SEK / 13 = 2 GBP × 1.3 = 2.60; through the euro it would be 26 × 0.09 × 1.0845 = 2.54
    expect(await converted("krona")).toEqual({
      minor: 260,
      rate: "0.100000000000",
      rate_on: "2026-03-04",
      path: "cross",
    });
  });

  test("is a cross through the smallest code when the older legs are of one day", async () => {
    // 1.000 KWD × 2.9 × 1.1 = 3.19 through CHF; through GBP it would be 3.25
    expect(await converted("dinar")).toMatchObject({ minor: 319, rate_on: "2026-03-04", path: "cross" });
  });

  test("of the reporting currency is one", async () => {
    expect(await converted("own")).toEqual({ minor: 100, rate: "1.000000000000", rate_on: "2026-03-04", path: "same" });
  });

  test("older than seven days, or only later, is none and is listed (R24)", async () => {
    expect(await converted("too-old")).toMatchObject({ minor: null });
    expect(await converted("too-early")).toMatchObject({ minor: null });
    const rows = await built.rows<{ key: string; fix: string }>(
      "select entity_key as key, fix from quality.issue where check_id = 'fx_rate_missing' and entity = 'payouts' order by all",
    );
    expect(rows.map(({ key, fix }) => [key, fix])).toEqual([
      ["drop:too-early", "load a rate between EUR and USD for a day from 22 Feb 2026 to 1 Mar 2026"],
      ["drop:too-old", "load a rate between EUR and USD for a day from 6 Mar 2026 to 13 Mar 2026"],
    ]);
  });
});

describe("targets", () => {
  const stated = (period: string): Promise<Record<string, unknown>[]> =>
    built.rows(
      `select period_kind, starts_on, ends_on, amount_reporting_minor from staging.stg_targets where slice = 'program' and period = '${period}'`,
    );

  test("a fiscal year that begins in February is named after the year it ends in (R27)", async () => {
    expect(await stated("2026")).toEqual([
      { period_kind: "year", starts_on: "2025-02-01", ends_on: "2026-01-31", amount_reporting_minor: 100_000 },
    ]);
    expect(await stated("2026-Q3")).toMatchObject([
      { period_kind: "quarter", starts_on: "2025-08-01", ends_on: "2025-10-31" },
    ]);
  });

  test("a month is a calendar month, converted on the as-of date when it has not begun (R14, R27)", async () => {
    // 1000.00 × 1.2, the rate of 28 June
    expect(await stated("2026-07")).toEqual([
      { period_kind: "month", starts_on: "2026-07-01", ends_on: "2026-07-31", amount_reporting_minor: 120_000 },
    ]);
  });

  test("one without a rate on its first day is listed (R14)", async () => {
    expect(await stated("2026-Q1")).toMatchObject([{ amount_reporting_minor: null }]);
    expect(
      await built.cell(
        "select count(*) from quality.issue where check_id = 'fx_rate_missing' and entity_key like '%2026-Q1'",
      ),
    ).toBe(1);
  });

  test("types and partners are resolved; of two for one slice the later line counts (R03, R14)", async () => {
    expect(
      await built.rows(
        "select slice, slice_key, amount_reporting_minor as minor from staging.stg_targets where slice <> 'program' order by all",
      ),
    ).toEqual([
      { slice: "partner", slice_key: "drop:p1", minor: 500 },
      { slice: "type", slice_key: "co_sell", minor: 600 },
    ]);
  });

  test("a period that is none and a partner that is unknown take the row to quarantine (R02, R07)", async () => {
    expect(
      await built.rows(
        "select check_id, column_name, value from staging.quarantine where entity = 'targets' order by all",
      ),
    ).toEqual([
      { check_id: "bad_cell", column_name: "period", value: "2026-13" },
      { check_id: "duplicate_key", column_name: null, value: null },
      { check_id: "unknown_reference", column_name: "slice_key", value: "drop:p9" },
    ]);
  });
});
