import { describe, expect, test } from "vitest";
import { compare, compareWithTarget, type Point } from "../../src/metrics/compare.ts";
import { metricOf } from "../../src/metrics/registry.ts";

const bookings = metricOf("sourced_bookings", "test");
const winRate = metricOf("win_rate", "test");
const cycle = metricOf("cycle_days_mean", "test");
const median = metricOf("cycle_days_median", "test");

const point = (value: string | null, status: Point["status"] = "final", n = 50): Point => ({ value, n, status });
const label = "Q2 FY26";

describe("a closed period", () => {
  test("is compared whole with whole", () => {
    const result = compare({
      metric: bookings,
      now: point("112.50"),
      whole: point("100.00"),
      toDate: point("1"),
      label,
    });
    expect(result).toMatchObject({
      kind: "change",
      text: "+12.5%",
      words: "up 12.5% on Q2 FY26",
      difference: 12.5,
      judgement: "better",
    });
  });

  test("says whether the direction is good news", () => {
    const slower = compare({ metric: cycle, now: point("80"), whole: point("40"), toDate: undefined, label });
    expect(slower).toMatchObject({ text: "+100.0%", direction: "up", judgement: "worse" });
    const direct = compare({
      metric: metricOf("direct_bookings", "test"),
      now: point("80"),
      whole: point("40"),
      toDate: undefined,
      label,
    });
    expect(direct.judgement).toBe("neutral");
  });

  test("that is equal to the one before says so", () => {
    expect(compare({ metric: bookings, now: point("5"), whole: point("5"), toDate: undefined, label })).toMatchObject({
      kind: "no_change",
      text: "no change",
      direction: "none",
    });
  });

  test("that differs by less than can be shown is not called unchanged", () => {
    expect(
      compare({ metric: bookings, now: point("100001"), whole: point("100000"), toDate: undefined, label }).text,
    ).toBe("under 0.1%");
  });
});

describe("a running period", () => {
  test("is compared with the same days of the earlier one, never with all of it", () => {
    const result = compare({
      metric: bookings,
      now: point("60", "to_date"),
      whole: point("100"),
      toDate: point("50"),
      label,
    });
    expect(result).toMatchObject({ text: "+20.0%", words: "up 20.0% on Q2 FY26 to the same day" });
  });

  test("without a value for the same days is not compared at all", () => {
    const result = compare({
      metric: median,
      now: point("60", "to_date"),
      whole: point("100"),
      toDate: undefined,
      label,
    });
    expect(result).toMatchObject({ kind: "not_comparable", text: "–" });
    expect(result.reason).toContain("still running");
  });
});

describe("a missing side", () => {
  test("before is new, not 0%", () => {
    expect(compare({ metric: bookings, now: point("60"), whole: undefined, toDate: undefined, label }).text).toBe(
      "new",
    );
    expect(compare({ metric: winRate, now: point("0.6"), whole: undefined, toDate: undefined, label })).toMatchObject({
      kind: "new",
      words: "new: no data for Q2 FY26",
    });
  });

  test("now is a real zero for what is added up, and no data for a rate", () => {
    expect(compare({ metric: bookings, now: undefined, whole: point("100"), toDate: undefined, label }).text).toBe(
      "−100.0%",
    );
    expect(compare({ metric: winRate, now: undefined, whole: point("0.5"), toDate: undefined, label })).toMatchObject({
      kind: "no_data",
      text: "no data",
    });
    expect(compare({ metric: winRate, now: point(null), whole: point("0.5"), toDate: undefined, label }).kind).toBe(
      "no_data",
    );
  });

  test("on both sides is no change of nothing", () => {
    expect(compare({ metric: bookings, now: undefined, whole: undefined, toDate: undefined, label }).kind).toBe(
      "no_change",
    );
  });

  test("below zero says why there is no percentage", () => {
    const result = compare({ metric: bookings, now: point("10"), whole: point("-5"), toDate: undefined, label });
    expect(result).toMatchObject({ kind: "not_comparable", text: "–", difference: 15 });
    expect(result.reason).toContain("below zero");
  });
});

describe("rates", () => {
  test("differ in percentage points, from zero too", () => {
    expect(compare({ metric: winRate, now: point("0.523"), whole: point("0.5"), toDate: undefined, label }).text).toBe(
      "+2.3 pp",
    );
    expect(compare({ metric: winRate, now: point("0.5"), whole: point("0"), toDate: undefined, label }).text).toBe(
      "+50.0 pp",
    );
  });

  test("over fewer than 10 rows on either side show the smaller n, and whose it is", () => {
    const result = compare({
      metric: winRate,
      now: point("0.5"),
      whole: point("0.4", "final", 7),
      toDate: undefined,
      label,
    });
    expect(result).toMatchObject({ isSmall: true, sample: "n = 7 then" });
    const young = compare({
      metric: winRate,
      now: point("0.5", "final", 6),
      whole: point("0.4", "final", 7),
      toDate: undefined,
      label,
    });
    expect(young).toMatchObject({ isSmall: true, sample: "n = 6 now" });
  });
});

test("what is only known as of now has no earlier period", () => {
  const pipeline = metricOf("sourced_pipeline", "test");
  expect(
    compare({ metric: pipeline, now: point("5", "to_date"), whole: undefined, toDate: undefined, label }).kind,
  ).toBe("not_comparable");
});

test("a target is reached in part, and the rest is said in words", () => {
  expect(compareWithTarget(bookings, "90", "100")).toMatchObject({
    share: 0.9,
    text: "−10.0% against target",
    judgement: "worse",
  });
  expect(compareWithTarget(bookings, "100", "100")?.text).toBe("on target");
  expect(compareWithTarget(bookings, "100", null)).toBeNull();
  // No share of nothing, but a side of it: a loss is below a target of zero, not "no target".
  expect(compareWithTarget(bookings, "-100", "0")).toEqual({
    share: null,
    text: "below a target of 0",
    judgement: "worse",
  });
  expect(compareWithTarget(bookings, "0", "0")).toMatchObject({ share: null, text: "on target" });
});
